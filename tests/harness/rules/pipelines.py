"""Definitions of pipelines that break a rule: each is a sound one, with one thing wrong."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.rules.case import Request, RuleCase
from sagemaker_constructs.pipelines.pipeline import Pipeline

Step = Mapping[str, Any]

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def training(**members: Any) -> Step:
    """The arguments of a Training step."""
    return {
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": AWS_IMAGE, "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **members,
    }


def processing(**members: Any) -> Step:
    """The arguments of a Processing step, with one output."""
    output = {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/processing/output/report", "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    return {
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": AWS_IMAGE},
        "ProcessingResources": {"ClusterConfig": cluster},
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "report", "S3Output": output}]},
        **members,
    }


def train(name: str = "Train", **members: Any) -> Step:
    """A Training step."""
    return {"Name": name, "Type": "Training", "Arguments": training(), **members}


def process(name: str = "Process", **members: Any) -> Step:
    """A Processing step."""
    return {"Name": name, "Type": "Processing", "Arguments": processing(), **members}


def call(name: str = "Call", **members: Any) -> Step:
    """A Lambda step."""
    return {"Name": name, "Type": "Lambda", "FunctionArn": FUNCTION, "Arguments": {}, **members}


def fail(name: str = "Stop", message: object = "it ends", **members: Any) -> Step:
    """A Fail step."""
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **members}


def condition(*conditions: object, then: tuple[Step, ...] = (), otherwise: tuple[Step, ...] = ()) -> Step:
    """A Condition step."""
    arguments = {"Conditions": [*conditions], "IfSteps": [*then], "ElseSteps": [*otherwise]}
    return {"Name": "Decide", "Type": "Condition", "Arguments": arguments}


def loop(*body: Step, **arguments: Any) -> Step:
    """A ForEach step."""
    given = {"IterableItems": ["a"], "MaxConcurrency": 1, "ForEachBody": [*body], **arguments}
    return {"Name": "Loop", "Type": "ForEach", "Arguments": given}


def get(path: str) -> Mapping[str, str]:
    """A reference."""
    return {"Get": path}


def definition(*steps: Step, parameters: tuple[Mapping[str, Any], ...] = (), **members: Any) -> Mapping[str, Any]:
    """A whole definition."""
    document = {"Version": "2020-12-01", "Parameters": [*parameters], "Steps": [*steps], **members}
    return copy.deepcopy(document)


def create(document: Mapping[str, Any]) -> Request:
    """The request that makes a pipeline of it."""
    return {"PipelineName": "judged", "PipelineDefinition": json.dumps(document), "RoleArn": ROLE}


def _case(refused: Mapping[str, Any], taken: Mapping[str, Any]) -> RuleCase:
    def build(stack: Stack) -> object:
        return Pipeline.from_definition(stack, "Judged", definition=refused)

    return RuleCase(refused=create(refused), taken=create(taken), synth=build)


def _steps(refused: Step, taken: Step, *others: Step) -> RuleCase:
    return _case(definition(*others, refused), definition(*others, taken))


def _number(name: str = "Count", **members: Any) -> Mapping[str, Any]:
    return {"Name": name, "Type": "Integer", "DefaultValue": 1, **members}


def _counted(count: int) -> tuple[Mapping[str, Any], ...]:
    return tuple(_number(f"P{index}") for index in range(count))


_TRUE = {"Type": "Equals", "LeftValue": 1, "RightValue": 1}
_FILE = {"PropertyFileName": "report", "OutputName": "report", "FilePath": "report.json"}
_ON_CLUSTER = {"StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar"}}}
_SERVERLESS = {"ExecutionRoleArn": ROLE, "JobConfig": {"jobDriver": {"sparkSubmit": {"entryPoint": "s3://b/a.py"}}}}
_ACTION = {"ActionName": "made", "ActionType": "Train", "Source": {"SourceUri": "s3://bucket/x"}}
_AUTOML = {
    "RoleArn": ROLE,
    "InputDataConfig": [
        {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows"}},
            "TargetAttributeName": "label",
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
}


def _read(path: object) -> Step:
    value = {"Std:JsonGet": {"PropertyFile": get("Steps.Process.PropertyFiles.report"), "Path": path}}
    return condition({"Type": "LessThan", "LeftValue": value, "RightValue": 1})


def _retried(**policy: Any) -> Step:
    return train(RetryPolicies=[{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 2, **policy}])


def _emr(**more: Any) -> Step:
    return {"Name": "Spark", "Type": "EMR", "Arguments": {**_ON_CLUSTER, **more}}


def _serverless(**more: Any) -> Step:
    return {"Name": "Spark", "Type": "EMRServerless", "Arguments": {**_SERVERLESS, **more}}


def _joined(name: str) -> Step:
    ends = {"Source": {"Name": name, "Type": "Action"}, "Destination": {"Arn": "arn:aws:sagemaker:us-east-1:1:x"}}
    return {"Name": "Trace", "Type": "Lineage", "Arguments": {"Actions": [_ACTION], "Associations": [ends]}}


def _cleaned(step: str) -> Step:
    resources = {"S3": [{"StepName": step, "S3Uris": ["s3://bucket/out/rows.csv"]}]}
    return {"Name": "Clean", "Type": "Cleanup", "Arguments": {"Resources": resources}, "DependsOn": ["Process"]}


def _checked(check: str) -> Step:
    return {"Name": "Check", "Type": "QualityCheck", "Arguments": processing(), "CheckType": check}


def _automl(mode: str) -> Step:
    return {"Name": "Auto", "Type": "AutoML", "Arguments": {**_AUTOML, "AutoMLJobConfig": {"Mode": mode}}}


def _selected(field: str) -> Step:
    return loop(train(), Selector={"Pick": "MaxBy", "Field": get(field)})


_NAMED = "Steps.Train.ModelArtifacts.S3ModelArtifacts"

CASES = {
    "a-definition-is-a-document-with-steps": _case(definition(), definition(train())),
    "steps-are-named": _steps(train("No spaces"), train("No-spaces")),
    "steps-have-a-type-of-pipelines": _steps(train(Type="Trainning"), train()),
    "steps-stand-once": _steps(
        condition(_TRUE, then=(train(),), otherwise=(train(),)), condition(_TRUE, then=(train(),))
    ),
    "steps-wait-for-steps-of-their-pipeline": _steps(
        train(DependsOn=["Proces"]), train(DependsOn=[{"Step": "Process", "Trigger": "Any"}]), process()
    ),
    "references-name-what-exists": _steps(
        fail(message=get("Parameters.Reason")), fail(message=get("Execution.PipelineName"))
    ),
    "references-name-results-that-steps-have": _steps(
        fail(message={"Std:Join": {"On": "", "Values": [get("Steps.Train.ModelArtifacts.Url")]}}),
        fail(message={"Std:Join": {"On": "", "Values": [get(_NAMED)]}}),
        train(),
    ),
    "steps-form-no-circle": _steps(train(DependsOn=["Process"]), train(), process(DependsOn=["Train"])),
    "parameters-are-named-once": _case(
        definition(train(), parameters=(_number(), _number())),
        definition(train(), parameters=(_number(), _number("Other"))),
    ),
    "parameters-have-values-of-their-type": _case(
        definition(train(), parameters=(_number(DefaultValue="1"),)), definition(train(), parameters=(_number(),))
    ),
    "a-pipeline-has-200-parameters": _case(
        definition(train(), parameters=_counted(201)), definition(train(), parameters=_counted(200))
    ),
    "paths-of-property-files-are-literal": _steps(
        _read(get("Execution.PipelineName")), _read("auc"), process(PropertyFiles=[_FILE])
    ),
    "steps-have-the-arguments-that-their-call-requires": _steps(
        {"Name": "Train", "Type": "Training", "Arguments": {k: v for k, v in training().items() if k != "RoleArn"}},
        train(),
    ),
    "steps-have-arguments-of-their-call": _steps(
        train(Arguments=training(RoleARN=ROLE)), train(Arguments=training(Environment={"LEVEL": "debug"}))
    ),
    "arguments-of-steps-have-allowed-values": _steps(
        train(Arguments=training(HyperParameters={"rounds": 10})),
        train(Arguments=training(HyperParameters={"rounds": "10"})),
    ),
    "references-have-the-type-of-their-place": _case(
        definition(
            train(Arguments=training(HyperParameters={"rounds": get("Parameters.Count")})), parameters=(_number(),)
        ),
        definition(
            train(
                Arguments=training(
                    HyperParameters={"rounds": {"Std:Join": {"On": "", "Values": [get("Parameters.Count")]}}}
                )
            ),
            parameters=(_number(),),
        ),
    ),
    "only-some-types-of-step-are-cached": _steps(fail(CacheConfig={"Enabled": True, "ExpireAfter": "P1D"}), fail()),
    "retries-fit-their-type-of-step": _steps(
        _retried(ExceptionType=["SageMaker.JOB_CAPACITY_ERROR"]), _retried(ExceptionType=["SageMaker.CAPACITY_ERROR"])
    ),
    "retries-end": _steps(_retried(MaxAttempts=21), _retried(MaxAttempts=20)),
    "property-files-are-outputs-of-their-step": _steps(
        process(PropertyFiles=[{**_FILE, "OutputName": "reports"}]), process(PropertyFiles=[_FILE])
    ),
    "outputs-of-functions-are-declared": _steps(
        call(OutputParameters=[{"OutputName": "auc", "OutputType": "Number"}]),
        call(OutputParameters=[{"OutputName": "auc", "OutputType": "Float"}]),
    ),
    "functions-are-given-plain-values": _steps(
        call(Arguments={"rows": ["a", "b"]}), call(Arguments={"rows": get("Execution.PipelineName")})
    ),
    "checks-have-a-type-of-check": _steps(_checked("DATA_BIAS"), _checked("DATA_QUALITY")),
    "pipelines-train-ensembles": _steps(_automl("AUTO"), _automl("ENSEMBLING")),
    "conditions-compare-values": _steps(
        condition({**_TRUE, "Type": "ConditionLessThan"}, then=(fail(),)), condition(_TRUE, then=(fail(),))
    ),
    "failures-have-a-message": _steps(fail(message=""), fail(message="it ends")),
    "nothing-follows-a-failure": _steps(train(DependsOn=["Stop"]), train(), fail()),
    "loops-repeat-jobs": _steps(loop(train(), MaxConcurrency=51), loop(train(), MaxConcurrency=50)),
    "loops-are-selected-from-by-their-own-steps": _steps(
        _selected("IterationOutput.Trains.FinalMetricDataList[0].Value"),
        _selected("IterationOutput.Train.FinalMetricDataList[0].Value"),
    ),
    "clean-up-names-steps-with-outputs": _steps(_cleaned("Proces"), _cleaned("Process"), process()),
    "clusters-are-named-or-made": _steps(_emr(), _emr(ClusterId="j-1")),
    "applications-are-named-or-made": _steps(_serverless(), _serverless(ApplicationId="00abc")),
    "associations-join-what-their-step-makes": _steps(_joined("lost"), _joined("made")),
}
