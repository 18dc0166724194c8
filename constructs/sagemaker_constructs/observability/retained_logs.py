"""How long the logs of a container are kept."""

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from aws_cdk import CfnResource, Stack
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.core.tokens import is_token

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400),
    *(545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What PutRetentionPolicy takes.

See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""
ONE_YEAR = 365

_ID = "SageMakerLogRetention"
_FUNCTIONS: "WeakKeyDictionary[Stack, _Shared]" = WeakKeyDictionary()
# The inline policies of one role may have 10,240 characters together, and a group takes up to 280.
_GROUPS_PER_FUNCTION = 25


class RetainedLogs(BaseConstruct):
    """Keeps the log group ``group`` for ``days``, whoever makes it: SageMaker, or this construct when it is first.

    SageMaker makes the group of an endpoint with its first line, to be kept forever, and CloudFormation cannot
    take a group over that is there already. Deleting the stack deletes no logs.

    Provisions: one custom resource; and for each 25 of them in a stack one ``AWS::Lambda::Function`` that runs at
    deployment, with a role that may create and keep these groups only, and a log group.
    Raises ``InvalidInput`` for a number of days that CloudWatch does not support.

    See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """

    def __init__(self, scope: Construct, id: str, *, group: str, days: int) -> None:
        super().__init__(scope, id)
        reject(self, [retention_problem("days", days)])
        arn = self.location.arn("logs", "log-group", separator=":", name=group)
        rights = Grants()
        rights.allow(
            "logs:CreateLogGroup",
            "logs:PutRetentionPolicy",
            on=[arn, f"{arn}:*"],
            because="CloudWatch names a group's own rights with :* at the end.",
        )
        self.resource: CfnResource = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerLogRetention",
            properties={
                "ServiceToken": _allowed(self.location.stack, rights).arn,
                "LogGroupName": group,
                "RetentionInDays": days,
            },
        )


def retention_problem(path: str, days: int) -> Problem | None:
    """Rule: CloudWatch supports this number of days."""
    if is_token(days) or days in RETENTION_DAYS:
        return None
    return Problem(path, f"must be one of {', '.join(map(str, RETENTION_DAYS))}, got: {days}")


@dataclass
class _Shared:
    """A function of a stack, and how many groups it has."""

    function: LibraryFunction
    number: int
    groups: int = 1


def _allowed(stack: Stack, rights: Grants) -> LibraryFunction:
    """The function of ``stack`` that has ``rights``, as one of the first 25, the next 25, …"""
    shared = _FUNCTIONS.get(stack)
    if shared is None or shared.groups == _GROUPS_PER_FUNCTION:
        number = shared.number + 1 if shared else 0
        function = LibraryFunction(
            stack,
            f"{_ID}{number or ''}",
            code="log_retention",
            handler="handler.handler",
            description="Sets how long logs of endpoints are kept",
            timeout_seconds=180,
            holds="It sets how long logs are kept, and holds no data.",
            grants=rights,
            grows=True,
        )
        _FUNCTIONS[stack] = _Shared(function, number)
        return function
    shared.groups += 1
    shared.function.allow(rights)
    return shared.function
