"""Names that are taken already by something of another stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment, is_deployed, known_text

_S3 = "aws s3 rb s3://{name}    # once it is empty"


@dataclass(frozen=True)
class _Named:
    """How a resource that has a name is asked for, and deleted: ``property`` holds the name."""

    property: str
    service: str
    operation: str
    member: str
    delete: str
    data: bool = False
    wanted: Callable[[str, Account], Any] = lambda name, _: name
    found: Callable[[Mapping[str, Any], str], bool] = lambda _answer, _name: True

    def asks(self, name: str, account: Account) -> bool:
        """Whether something of this name is there."""
        try:
            answer = account.ask(self.service, self.operation, **{self.member: self.wanted(name, account)})
        except NotThere:
            return False
        return self.found(answer, name)


def _sagemaker(kind: str, command: str, *, data: bool = False) -> _Named:
    option = f"--{command}-name {{name}}"
    return _Named(
        f"{kind}Name", "sagemaker", f"Describe{kind}", f"{kind}Name", f"aws sagemaker delete-{command} {option}", data
    )


_NAMED: Mapping[str, _Named] = {
    "AWS::SageMaker::Endpoint": _sagemaker("Endpoint", "endpoint"),
    "AWS::SageMaker::EndpointConfig": _sagemaker("EndpointConfig", "endpoint-config"),
    "AWS::SageMaker::Model": _sagemaker("Model", "model"),
    "AWS::SageMaker::FeatureGroup": _sagemaker("FeatureGroup", "feature-group", data=True),
    "AWS::SageMaker::Pipeline": _sagemaker("Pipeline", "pipeline"),
    "AWS::SageMaker::ModelPackageGroup": _sagemaker("ModelPackageGroup", "model-package-group", data=True),
    "AWS::SageMaker::NotebookInstance": _sagemaker("NotebookInstance", "notebook-instance", data=True),
    "AWS::SageMaker::MonitoringSchedule": _sagemaker("MonitoringSchedule", "monitoring-schedule"),
    "AWS::SageMaker::Workteam": _sagemaker("Workteam", "workteam"),
    "AWS::SageMaker::MlflowTrackingServer": _Named(
        "TrackingServerName",
        "sagemaker",
        "DescribeMlflowTrackingServer",
        "TrackingServerName",
        "aws sagemaker delete-mlflow-tracking-server --tracking-server-name {name}",
        True,
    ),
    "AWS::SageMaker::Domain": _Named(
        "DomainName",
        "sagemaker",
        "ListDomains",
        "MaxResults",
        "aws sagemaker list-domains    # then delete-domain --domain-id",
        True,
        wanted=lambda _name, _: 100,
        found=lambda answer, name: any(each["DomainName"] == name for each in answer["Domains"]),
    ),
    "AWS::S3::Bucket": _Named("BucketName", "s3", "HeadBucket", "Bucket", _S3, True),
    "AWS::IAM::Role": _Named("RoleName", "iam", "GetRole", "RoleName", "aws iam delete-role --role-name {name}"),
    "AWS::IAM::ManagedPolicy": _Named(
        "ManagedPolicyName",
        "iam",
        "GetPolicy",
        "PolicyArn",
        "aws iam delete-policy --policy-arn {arn}",
        wanted=lambda name, account: account.written(
            f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{name}"
        ),
    ),
    "AWS::SSM::Parameter": _Named("Name", "ssm", "GetParameter", "Name", "aws ssm delete-parameter --name {name}"),
    "AWS::DynamoDB::Table": _Named(
        "TableName",
        "dynamodb",
        "DescribeTable",
        "TableName",
        "aws dynamodb delete-table --table-name {name}",
        True,
    ),
    "AWS::ECR::Repository": _Named(
        "RepositoryName",
        "ecr",
        "DescribeRepositories",
        "repositoryNames",
        "aws ecr delete-repository --repository-name {name} --force",
        True,
        wanted=lambda name, _: [name],
    ),
    "AWS::Lambda::Function": _Named(
        "FunctionName", "lambda", "GetFunction", "FunctionName", "aws lambda delete-function --function-name {name}"
    ),
    "AWS::SQS::Queue": _Named(
        "QueueName", "sqs", "GetQueueUrl", "QueueName", "aws sqs delete-queue --queue-url URL    # of {name}"
    ),
    "AWS::Logs::LogGroup": _Named(
        "LogGroupName",
        "logs",
        "DescribeLogGroups",
        "logGroupNamePrefix",
        "aws logs delete-log-group --log-group-name {name}",
        True,
        found=lambda answer, name: any(each["logGroupName"] == name for each in answer["logGroups"]),
    ),
    "AWS::Scheduler::ScheduleGroup": _Named(
        "Name", "scheduler", "GetScheduleGroup", "Name", "aws scheduler delete-schedule-group --name {name}"
    ),
    "AWS::Athena::WorkGroup": _Named(
        "Name",
        "athena",
        "GetWorkGroup",
        "WorkGroup",
        "aws athena delete-work-group --work-group {name} --recursive-delete-option",
    ),
    "AWS::SecretsManager::Secret": _Named(
        "Name",
        "secretsmanager",
        "DescribeSecret",
        "SecretId",
        # A secret that waits for its deletion keeps its name for up to 30 days.
        "aws secretsmanager delete-secret --secret-id {name} --force-delete-without-recovery",
        True,
    ),
}
"""By type of resource. What has no name of its own in a template is not asked for: CloudFormation makes one up."""


class NameCheck(Check):
    """Names that the templates give, which CloudFormation refuses when something of another stack has them.

    Buckets are in one room with those of all accounts. What an earlier deployment has retained keeps its name.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-resource-name.html
    """

    title = "Names"
    place = 7

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        named = [
            (subject, known, name)
            for subject in planned.landscape
            if (known := _NAMED.get(subject.type)) and (name := known_text(subject.value(known.property), account))
        ]
        rows = list(account.each(named, lambda each: self._judged(account, *each)))
        fine = sum(each is None for each in rows)
        if fine or not rows:
            yield self.fine(account, "names", f"{fine} are free, or of their own stacks")
        yield from (each for each in rows if each)

    def _judged(self, account: Account, subject: TemplateResource, known: _Named, name: str) -> CheckResult | None:
        what = f"{subject.type.rpartition('::')[2]} {name}"
        try:
            if not known.asks(name, account) or is_deployed(account, subject, name):
                return None
        except NotSeen as error:
            if known.service == "s3" and "denied" in str(error):
                words = f"a bucket of another account has this name; asked for by {subject.path}"
                return self.wrong(account, what, words, "another name, or none, so that CloudFormation makes one up")
            return self.unseen(account, what, error)
        words = f"is there, and not as {subject.path} of the stack {subject.stack}"
        remedy = known.delete.format(name=name, arn=known.wanted(name, account))
        if known.data:
            words += f"; to keep it with its data: cdk import {subject.stack}"
        return self.wrong(
            account, what, words, f"{remedy} --region {account.region}" if "#" not in remedy else remedy
        )
