"""The role that SageMaker assumes to run a model or a job."""

from abc import abstractmethod
from collections.abc import Sequence

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from sagemaker_constructs.core.access.grants import Grants, attach, policy_name
from sagemaker_constructs.core.access.service_principal import trust_policy
from sagemaker_constructs.core.acknowledgement import Findings
from sagemaker_constructs.core.base_construct import BaseConstruct


class ExecutionRoleBase(BaseConstruct):
    """What an execution role of this library and one that a user passes have in common."""

    arn: str

    @property
    @abstractmethod
    def unique_id(self) -> str | None:
        """What IAM tells this role from others by; None for a role that somebody else made."""

    @property
    @abstractmethod
    def role(self) -> iam.IRole:
        """The role as the CDK takes it, for grants of other constructs."""

    @property
    @abstractmethod
    def ready(self) -> Sequence[IDependable]:
        """What a resource that uses the role has to wait for, beside the role's ARN."""

    @abstractmethod
    def apply_removal_policy(self, policy: RemovalPolicy) -> None:
        """Let a role of this library outlive its stack as ``policy`` says, for what works on as it."""

    @abstractmethod
    def allow(self, scope: Construct, id: str, grants: Grants) -> Sequence[IDependable]:
        """Add ``grants`` by a policy below ``scope``; returned is what a resource that needs them waits for."""

    @staticmethod
    def of(
        scope: Construct,
        id: str,
        *,
        role: iam.IRole | None,
        description: str,
        log_groups: Sequence[str],
        grants: Grants,
    ) -> "ExecutionRoleBase":
        """``role`` with ``grants``, or a new one where it is None."""
        if role is None:
            return ExecutionRole(scope, id, description=description, log_groups=log_groups, grants=grants)
        return _GivenRole(scope, id, role=role, grants=grants)


class ExecutionRole(ExecutionRoleBase):
    """A role that only SageMaker, acting for this account and region, can assume.

    It starts with the right to write its own log streams and metrics, where it has any; everything else is what
    ``grants`` holds. No managed policy is attached.

    Provisions: one ``AWS::IAM::Role``, which holds its policy.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        description: str,
        log_groups: Sequence[str],
        grants: Grants | None = None,
    ) -> None:
        """``log_groups``: name patterns of the log groups that the job kind writes to; none for a pipeline."""
        super().__init__(scope, id)
        location = self.location
        allowed = Grants()
        if log_groups:
            allowed.allow(
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
                on=[location.arn("logs", "log-group", separator=":", name=f"{name}:*") for name in log_groups],
                because="SageMaker names the log streams at run time.",
            )
            allowed.allow(
                "cloudwatch:PutMetricData",
                on="*",
                when={"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "aws/sagemaker/*"]}},
                because="cloudwatch:PutMetricData, limited by namespace here, and ecr:GetAuthorizationToken are not "
                "available for a single resource.",
            )
        if grants:
            allowed.include(grants)
        self._resource = iam.CfnRole(
            self,
            "Role",
            description=description,
            assume_role_policy_document=trust_policy(
                "sagemaker.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": location.account},
                    "ArnLike": {"aws:SourceArn": location.arn("sagemaker", "*")},
                },
            ),
            policies=[{"policyName": "Default", "policyDocument": allowed.document()}],
        )
        self.arn: str = self._resource.attr_arn
        self._role: iam.IRole | None = None
        findings = Findings(self)
        findings.inline_policy()
        allowed.accept(findings)
        findings.write()

    def apply_removal_policy(self, policy: RemovalPolicy) -> None:
        """Let the role outlive its stack as ``policy`` says, for what works on as it."""
        self._resource.apply_removal_policy(policy)

    @property
    def unique_id(self) -> str:
        """``AROA…``, what sessions of the role begin with."""
        return self._resource.attr_role_id

    @property
    def role(self) -> iam.IRole:
        """The role as the CDK takes it; what is granted to it becomes a policy of its own."""
        if self._role is None:
            self._role = iam.Role.from_role_name(self, "Reference", self._resource.ref)
        return self._role

    @property
    def ready(self) -> Sequence[IDependable]:
        """Nothing: the role holds its policy."""
        return ()

    def allow(self, scope: Construct, id: str, grants: Grants) -> Sequence[IDependable]:
        """Add ``grants`` by a policy below ``scope``."""
        if not grants:
            return ()
        findings = Findings(scope)
        findings.inline_policy()
        grants.accept(findings)
        findings.write()
        policy = iam.CfnPolicy(
            scope,
            id,
            policy_name=policy_name(scope, id),
            policy_document=grants.document(),
            roles=[self._resource.ref],
        )
        return (policy,)


class _GivenRole(ExecutionRoleBase):
    """A role that somebody else made, with a policy of the construct that uses it."""

    def __init__(self, scope: Construct, id: str, *, role: iam.IRole, grants: Grants) -> None:
        super().__init__(scope, id)
        self._role = role
        self.arn: str = role.role_arn
        self._ready = self.allow(self, "Policy", grants)

    @property
    def unique_id(self) -> None:
        return None

    @property
    def role(self) -> iam.IRole:
        return self._role

    @property
    def ready(self) -> Sequence[IDependable]:
        return (self._role, *self._ready)

    def apply_removal_policy(self, policy: RemovalPolicy) -> None:
        """Nothing: whoever made the role decides."""

    def allow(self, scope: Construct, id: str, grants: Grants) -> Sequence[IDependable]:
        policy = attach(scope, id, self._role, grants)
        return (policy,) if policy else ()
