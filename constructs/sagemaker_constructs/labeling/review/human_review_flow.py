"""People who look at what a model is not sure of, with Amazon A2I."""

from collections.abc import Iterator, Sequence

from aws_cdk import Annotations, CfnResource, Duration, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.access.topic_access import tell_topic
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.core.names import physical_name, short_hash
from sagemaker_constructs.core.problems import Problem, in_range, matches, no_more_than, reject, within
from sagemaker_constructs.core.templates.closed_services import closed_service
from sagemaker_constructs.jobs.json_text import json_text
from sagemaker_constructs.labeling.work_team import WorkTeamBase
from sagemaker_constructs.labeling.worker_page import WorkerPage
from sagemaker_constructs.storage.encryption_key import EncryptionKey
from sagemaker_constructs.storage.object_access import (
    bucket_facts,
    grant_read_objects,
    grant_write_objects,
    key_arn,
    let_browsers_read,
)

CLOSED = closed_service("Amazon A2I").words
_NAME = 63
_HASH = 9
_TITLE = r"[\t\n\r -\ud7ff\ue000-\ufffd]{1,128}"
_FUNCTION_SECONDS = 300


class HumanReviewFlow(BaseConstruct):
    """A human review workflow of Amazon A2I, for accounts that used it before it was closed to new customers.

    An application starts a human loop for whatever people are to look at (``grant_start``), or a
    ``LowConfidenceReview`` does; ``people_per_object``, 1 to 3, of ``team`` answer on ``page``, which gets what the
    loop was started with as ``task.input``, and may show objects below ``prefix`` of ``objects``. Their answers are
    JSON below ``output_prefix`` of ``output``:
    ``<flow>/<yyyy>/<mm>/<dd>/<hh>/<mm>/<ss>/<loop>/output.json``, encrypted with ``encryption_key`` (default: the
    stack's own ``EncryptionKey``). ``notify`` is told of each loop that has ended.

    A worker has ``time_limit`` (default 1 hour) for a task, which waits for ``available_for`` (default 10 days).
    ``title`` (maximum 128 characters) is what workers see first, ``description`` (maximum 255, default: the title)
    tells them more. A changed flow is another one, under another name: SageMaker updates neither page nor flow.

    Provisions: an ``AWS::SageMaker::HumanTaskUi``, a ``Custom::SageMakerFlowDefinition`` with a function, an
    ``AWS::IAM::Role`` unless ``role`` is given, and an ``AWS::Events::Rule`` with a role for ``notify``. A bucket of
    the same app gets a CORS rule for images; any other has to have one.
    Warns as ``sagemaker-constructs:closed-service``.
    Raises ``InvalidInput`` for pages that are no HTML, and values out of AWS's ranges.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFlowDefinition.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        title: str,
        page: WorkerPage,
        team: WorkTeamBase,
        objects: s3.IBucket,
        prefix: str,
        output: s3.IBucket,
        output_prefix: str = "reviews",
        description: str = "",
        keywords: Sequence[str] = (),
        people_per_object: int = 1,
        time_limit: Duration | None = None,
        available_for: Duration | None = None,
        encryption_key: kms.IKey | None = None,
        notify: sns.ITopic | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        super().__init__(scope, id)
        limit = 3_600 if time_limit is None else seconds_of(time_limit)
        lifetime = 864_000 if available_for is None else seconds_of(available_for)
        reject(
            self,
            [
                matches("title", title, _TITLE, "1 to 128 characters"),
                matches("description", description, r".{0,255}", "at most 255 characters on one line"),
                no_more_than("keywords", keywords, 5),
                in_range("people_per_object", people_per_object, 1, 3),
                in_range("time_limit", limit, 30, 30 * 86_400, unit="seconds"),
                in_range("available_for", lifetime, 60, 30 * 86_400, unit="seconds"),
                *_page_problems(page),
            ],
        )
        self.objects: s3.IBucket = objects
        self.prefix: str = prefix.strip("/")
        self.output: s3.IBucket = output
        self.output_prefix: str = output_prefix.strip("/")
        name = physical_name(self, _NAME - _HASH)
        interface = sagemaker.CfnHumanTaskUi(
            self,
            "Page",
            human_task_ui_name=f"{name}-{short_hash(page.html)}",
            ui_template={"content": page.html},
        )
        let_browsers_read(objects)
        key = encryption_key or EncryptionKey.of(self)
        self._execution_role = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Shows and keeps what people look at in {self.path}",
            log_groups=(),
            grants=self._grants(key),
        )
        request: dict[str, object] = {
            "HumanLoopConfig": {
                "WorkteamArn": team.arn,
                "HumanTaskUiArn": interface.attr_human_task_ui_arn,
                "TaskTitle": title,
                "TaskDescription": description or title,
                "TaskCount": people_per_object,
                "TaskAvailabilityLifetimeInSeconds": lifetime,
                "TaskTimeLimitInSeconds": limit,
                **({"TaskKeywords": list(keywords)} if keywords else {}),
            },
            "OutputConfig": {
                "S3OutputPath": bucket_facts(output).url(f"{self.output_prefix}/"),
                "KmsKeyId": key_arn(key),
            },
            "RoleArn": self._execution_role.arn,
        }
        self.arn: str = self._made(name, request)
        Annotations.of(self).add_warning_v2("sagemaker-constructs:closed-service", f"{self.path}: {CLOSED}")
        if notify:
            tell_topic(
                self,
                "Ended",
                topic=notify,
                description=f"Tells of reviews of {self.path} that have ended",
                pattern={
                    "source": ["aws.sagemaker"],
                    "detail-type": ["SageMaker A2I HumanLoop Status Change"],
                    "detail": {"flowDefinitionArn": [self.arn]},
                },
            )

    @property
    def execution_role(self) -> ExecutionRoleBase:
        """What A2I reads and writes as."""
        return self._execution_role

    def grant_start(self, role: iam.IRole) -> None:
        """Let ``role`` start human loops, look at them and stop them."""
        give(role, self.start_grants())

    def start_grants(self) -> Grants:
        """What ``grant_start`` grants."""
        grants = Grants()
        grants.allow("sagemaker:StartHumanLoop", on=self.arn)
        grants.allow(
            "sagemaker:DescribeHumanLoop",
            "sagemaker:StopHumanLoop",
            on=self.location.arn("sagemaker", "human-loop", name="*"),
            because="Loops are named by whoever starts them, and their names say nothing of the flow.",
        )
        return grants

    def _made(self, name: str, request: dict[str, object]) -> str:
        grants = Grants()
        named = self.location.arn("sagemaker", "flow-definition", name=f"{name}-*")
        grants.allow(
            "sagemaker:CreateFlowDefinition",
            "sagemaker:DescribeFlowDefinition",
            "sagemaker:DeleteFlowDefinition",
            on=named,
            because="Each content of the flow has a name of its own.",
        )
        grants.allow(
            "iam:PassRole",
            on=self._execution_role.arn,
            when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
        function = LibraryFunction(
            self,
            "Function",
            code="review",
            handler="handler.flow",
            description=f"Makes the human review workflow {self.path}",
            timeout_seconds=_FUNCTION_SECONDS,
            holds="It makes and deletes one workflow, which has no CloudFormation type.",
            grants=grants,
        )
        flow = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerFlowDefinition",
            properties={"ServiceToken": function.arn, "Prefix": name, "Request": json_text(self, request)},
        )
        for waited in self._execution_role.ready:
            flow.node.add_dependency(waited)
        return Token.as_string(flow.get_att("Arn"))

    def _grants(self, key: kms.IKey) -> Grants:
        grants = Grants()
        grant_read_objects(self.objects, grants, f"{self.prefix}/*")
        grant_write_objects(self.output, grants, f"{self.output_prefix}/*")
        grants.allow("kms:Decrypt", "kms:GenerateDataKey", on=key_arn(key))
        return grants


def _page_problems(page: WorkerPage) -> Iterator[Problem]:
    yield from within("", page.problems())
    if len(page.html.encode()) > 128_000:
        yield Problem("page", f"must have at most 128,000 bytes, got: {len(page.html.encode()):,}")
