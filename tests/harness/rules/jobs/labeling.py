"""Labeling jobs and workforces that break a rule."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_s3 as s3

from harness.aws_clients import ROLE
from harness.rules.case import COGNITO, Request, RuleCase
from sagemaker_constructs.labeling.ground_truth.labeling_definition import LabelingDefinition
from sagemaker_constructs.labeling.ground_truth.labeling_pace import LabelingPace
from sagemaker_constructs.labeling.labeling_input import LabelingInput
from sagemaker_constructs.labeling.labeling_task import LabelingTask
from sagemaker_constructs.labeling.work_team import WorkTeam

_TEAMS = "arn:aws:sagemaker:us-east-1:123456789012:workteam"
_FUNCTIONS = "arn:aws:lambda:us-east-1:432418664414:function"


def _job(task: str = "ImageMultiClass", *, attribute: str = "label", **human: Any) -> Request:
    return {
        "LabelingJobName": "judged",
        "LabelAttributeName": attribute,
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": "s3://images/input.manifest"}}},
        "OutputConfig": {"S3OutputPath": "s3://images/labels/"},
        "RoleArn": ROLE,
        "HumanTaskConfig": {
            "WorkteamArn": f"{_TEAMS}/judges",
            "UiConfig": {"UiTemplateS3Uri": "s3://images/page.html"},
            "PreHumanTaskLambdaArn": f"{_FUNCTIONS}:PRE-{task}",
            "TaskTitle": "Look",
            "TaskDescription": "Look",
            "NumberOfHumanWorkersPerDataObject": 1,
            "TaskTimeLimitInSeconds": 600,
            **human,
        },
    }


def _made(stack: Stack, **given: Any) -> None:
    bucket = s3.Bucket(stack, "Images")
    arguments: dict[str, Any] = {
        "task": LabelingTask("ImageMultiClass", title="Look", labels=["cat", "dog"]),
        "input": LabelingInput(bucket, "images"),
        "output": bucket,
        "team": WorkTeam.from_arn(stack, "Team", f"{_TEAMS}/judges"),
        **given,
    }
    LabelingDefinition(stack, "Judged", **arguments)


def _streaming(**given: Any) -> Request:
    topic = {"SnsDataSource": {"SnsTopicArn": "arn:aws:sns:us-east-1:123456789012:arrivals"}}
    return {**_job(), "InputConfig": {"DataSource": topic}, **given}


CASES = {
    "labels-are-not-called-like-their-metadata": RuleCase(
        refused=_job(attribute="label-metadata"),
        taken=_job(attribute="metadata"),
        synth=lambda stack: _made(stack, attribute="label-metadata"),
    ),
    "labels-that-are-objects-end-in-ref": RuleCase(
        refused=_job("SemanticSegmentation", attribute="mask"),
        taken=_job("SemanticSegmentation", attribute="mask-ref"),
        synth=lambda stack: _made(stack, attribute="label-ref"),
    ),
    "workers-have-hours-for-a-task": RuleCase(
        refused=_job(TaskTimeLimitInSeconds=28_801),
        taken=_job("3DPointCloudObjectDetection", TaskTimeLimitInSeconds=28_801),
        synth=lambda stack: _made(stack, pace=LabelingPace(time_limit=Duration.hours(9))),
    ),
    "tasks-are-available-for-days": RuleCase(
        refused=_job(TaskAvailabilityLifetimeInSeconds=2_592_001),
        taken=_job(TaskAvailabilityLifetimeInSeconds=2_592_000),
    ),
    "there-is-no-public-work-team": RuleCase(
        refused=_job(WorkteamArn="arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"),
        taken=_job(),
        synth=lambda stack: WorkTeam.from_arn(
            stack, "Public", "arn:aws:sagemaker:us-east-1:394669845002:workteam/public-crowd/default"
        ),
    ),
    "streams-are-labeled-by-people": RuleCase(
        refused=_streaming(LabelingJobAlgorithmsConfig={"LabelingJobAlgorithmSpecificationArn": f"arn:{'x' * 20}"}),
        taken=_streaming(),
    ),
    "a-workforce-has-one-identity-provider": RuleCase(
        refused={"WorkforceName": "nobody"}, taken={"WorkforceName": "others", "CognitoConfig": COGNITO}
    ),
}
