"""Where jobs of Spark run on EMR Serverless."""

from collections.abc import Iterator
from typing import Any, Literal, get_args

from aws_cdk import aws_emrserverless as emrserverless
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants, give
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.problems import Problem, in_range, matches, one_of, reject
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.network.vpc_placement import VpcPlacement

SparkArchitecture = Literal["ARM64", "X86_64"]
_OLDEST = (6, 6)
_LONGEST_IDLE = 10_080
_MOST_VCPUS, _MOST_GIGABYTES = 4_000, 30_000


class EmrServerlessApplication(BaseConstruct):
    """An application of EMR Serverless for Spark, which costs nothing while no job runs.

    It has no capacity of its own that waits: workers start with a job, which takes a minute or two, and the
    application stops ``idle_minutes`` after the last one. All workers together never have more than ``max_vcpus``,
    ``max_memory_gb`` and ``max_disk_gb``, whatever jobs ask for; what does not fit waits.

    ``release`` is pinned, such as ``emr-7.14.0``; another one is updated in place while the application is stopped.
    ``ARM64`` is a fifth cheaper, and takes Python packages built for it. In ``placement``, jobs reach what the
    subnets reach; without it, they reach AWS and nothing in a VPC.

    Provisions: one ``AWS::EMRServerless::Application``.
    Raises ``InvalidInput`` for releases that EMR Serverless does not have, and sizes out of range.

    See https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/application-capacity.html and
    https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/release-versions.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        release: str = "emr-7.14.0",
        architecture: SparkArchitecture = "ARM64",
        max_vcpus: int = 16,
        max_memory_gb: int = 64,
        max_disk_gb: int = 200,
        idle_minutes: int = 5,
        placement: VpcPlacement | None = None,
    ) -> None:
        super().__init__(scope, id)
        reject(
            self,
            [
                *_release_problems(release),
                one_of("architecture", architecture, get_args(SparkArchitecture)),
                in_range("max_vcpus", max_vcpus, 2, _MOST_VCPUS),
                in_range("max_memory_gb", max_memory_gb, 4, _MOST_GIGABYTES),
                in_range("max_disk_gb", max_disk_gb, 40, 10 * _MOST_GIGABYTES),
                in_range("idle_minutes", idle_minutes, 1, _LONGEST_IDLE),
            ],
        )
        self.max_vcpus: int = max_vcpus
        self.max_memory_gb: int = max_memory_gb
        network: Any = None
        if placement is not None:
            network = {"subnetIds": placement.subnet_ids, "securityGroupIds": placement.security_group_ids}
        self._resource = emrserverless.CfnApplication(
            self,
            "Resource",
            # It has to have a name, and may share it: its identifier is another one.
            name=physical_name(self, 64),
            type="Spark",
            release_label=release,
            architecture=architecture,
            auto_start_configuration={"enabled": True},
            auto_stop_configuration={"enabled": True, "idleTimeoutMinutes": idle_minutes},
            maximum_capacity={
                "cpu": f"{max_vcpus} vCPU",
                "memory": f"{max_memory_gb} GB",
                "disk": f"{max_disk_gb} GB",
            },
            network_configuration=network,
        )

    @property
    def id(self) -> str:
        """The application's identifier."""
        return self._resource.ref

    @property
    def arn(self) -> str:
        """The application's ARN."""
        return self._resource.attr_arn

    def grant_run(self, role: iam.IRole) -> None:
        """Let ``role`` start jobs here, see how they go, and cancel them; it passes the role of the job besides."""
        give(role, self.run_grants())

    def run_grants(self) -> Grants:
        """What whoever starts jobs here may do."""
        grants = Grants()
        grants.allow("emr-serverless:GetApplication", "emr-serverless:StartJobRun", on=self.arn)
        grants.allow(
            "emr-serverless:CancelJobRun",
            "emr-serverless:GetJobRun",
            on=f"{self.arn}/jobruns/*",
            because="Runs have identifiers of EMR Serverless.",
        )
        return grants


def _release_problems(release: str) -> Iterator[Problem | None]:
    if is_token(release):
        return
    wanted = "a whole release such as emr-7.14.0 or emr-spark-8.1.0"
    problem = matches("release", release, r"emr-(spark-)?\d+\.\d+\.\d+", wanted)
    yield problem
    if problem is None:
        found = tuple(int(part) for part in release.rpartition("-")[2].split(".")[:2])
        if found < _OLDEST:
            yield Problem("release", f"must be emr-6.6.0 or later on EMR Serverless, got: {release!r}")
