"""A model: an image, an artifact and the role they run as."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.acknowledgement import acknowledge_in_template
from sagemaker_constructs.core.base_construct import BaseConstruct, depend
from sagemaker_constructs.core.instances.instance_types import Architecture
from sagemaker_constructs.core.problems import Problem, no_more_than, one_of, reject, within
from sagemaker_constructs.core.rules.at_synth import api_request, rule_problems
from sagemaker_constructs.core.rules.catalogue import Request
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model_artifact import ModelArtifact
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.model_package import ModelPackage
from sagemaker_constructs.network.interface_release import role_release
from sagemaker_constructs.network.vpc_placement import VpcPlacement

Invocation = Literal["serial", "direct"]

_ARGUMENTS = {"ContainerHostname": "hostname", "EnableNetworkIsolation": "network_isolation"}


class Model(BaseConstruct):
    """A model that endpoints and transform jobs can run: one container, several, or a model package.

    ``image`` with ``artifact`` and ``environment`` is the short way to say one container. ``containers`` takes
    one of them with all its options, or 2 to 15 as an inference pipeline: ``invocation="serial"`` passes each
    answer on to the next container, ``"direct"`` lets callers choose one by its hostname. ``package`` takes all
    of it from a registry or the Marketplace.

    The containers run in network isolation by default: they reach nothing, and SageMaker itself fetches the
    artifact and stores captured data. ``role`` defaults to a new role that can pull the images, read the
    artifacts and, with ``placement``, attach network interfaces there; it is deleted when those are gone.

    The model has no fixed name: a new image or artifact replaces it, and the endpoint moves over.

    Provisions: one ``AWS::SageMaker::Model``, and an ``AWS::IAM::Role`` unless ``role`` is given; with ``placement``,
    an ``InterfaceRelease`` for that role.
    Raises ``InvalidInput`` unless exactly one of image, containers and package is given; for environment
    variables that SageMaker refuses (names of letters, digits and underscores, at most 100 of them, values up
    to 1,024 bytes); for packages of the Marketplace without network isolation; for pipelines of more than 15
    containers, direct ones without unique hostnames, and more than one container with many models.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-endpoints.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: ModelImage | None = None,
        artifact: ModelArtifact | None = None,
        environment: Mapping[str, str] | None = None,
        containers: Sequence[ModelContainer] = (),
        invocation: Invocation = "serial",
        package: ModelPackage | None = None,
        placement: VpcPlacement | None = None,
        network_isolation: bool = True,
        role: iam.IRole | None = None,
    ) -> None:
        super().__init__(scope, id)
        variables = dict(environment or {})
        inside = [ModelContainer(image, artifact, variables)] if image else list(containers)
        reject(
            self,
            [
                *_source_problems(image, artifact, variables, containers, package),
                *_container_problems(inside, invocation),
                *(within("package", package.problems()) if package else ()),
            ],
        )
        self.container_count: int = max(len(inside), 1)
        self.architectures: frozenset[Architecture] = frozenset(
            known for container in inside if (known := container.image.architecture)
        )
        self.multi_model: bool = any(container.models for container in inside)
        self.direct_invocation: bool = self.container_count > 1 and invocation == "direct"
        self.of_marketplace: bool = bool(package and package.of_marketplace)
        self.network_isolation = network_isolation
        self.placement = placement
        pipeline = self.container_count > 1
        grants = Grants()
        definitions = [
            container.bind(Construct(self, f"Container{index}") if pipeline else self, grants)
            for index, container in enumerate(inside)
        ]
        if package:
            definitions = [package.bind(grants)]
        properties: dict[str, object] = {
            "primary_container": None if pipeline else definitions[0],
            "containers": definitions if pipeline else None,
            "inference_execution_config": {"mode": invocation.capitalize()} if pipeline else None,
            "enable_network_isolation": network_isolation,
            "vpc_config": placement.vpc_config if placement else None,
        }
        reject(self, rule_problems("CreateModel", properties, names=_ARGUMENTS))
        self.request: Request = api_request("CreateModel", properties)
        if placement:
            placement.grant_network_interfaces(self, grants)
        self.execution_role: ExecutionRoleBase = ExecutionRoleBase.of(
            self,
            "ExecutionRole",
            role=role,
            description=f"Runs the model {self.path}",
            log_groups=["/aws/sagemaker/Endpoints/*", "/aws/sagemaker/TransformJobs"],
            grants=grants,
        )
        resource = sagemaker.CfnModel(
            self,
            "Resource",
            execution_role_arn=self.execution_role.arn,
            **properties,  # pyright: ignore[reportArgumentType]
        )
        if not placement:
            acknowledge_in_template(
                resource,
                "sagemaker-model-in-vpc",
                reason="Without a placement the container runs in SageMaker's own network, where network isolation, "
                "on by default, lets it reach nothing.",
            )
        # SageMaker checks at once that the role can read the artifact: its policy has to be there first.
        waits_for = (*self.execution_role.ready, *role_release(self, self.execution_role, placement))
        depend(resource, *waits_for)
        self.model_name: str = resource.attr_model_name
        self._resource = resource

    @property
    def model_arn(self) -> str:
        """The model's ARN, in which SageMaker writes its name in lower case."""
        return self._resource.ref

    @property
    def role(self) -> iam.IRole:
        """The role that the containers run as."""
        return self.execution_role.role


def _source_problems(
    image: ModelImage | None,
    artifact: ModelArtifact | None,
    variables: Mapping[str, str],
    containers: Sequence[ModelContainer],
    package: ModelPackage | None,
) -> Iterator[Problem]:
    given = [name for name, value in (("image", image), ("containers", containers), ("package", package)) if value]
    if len(given) != 1:
        got = " and ".join(given) or "none"
        yield Problem("", f"a model must have exactly one of image, containers and package, got: {got}")
    if (artifact or variables) and not image:
        where = "artifact and environment go with image; a container has its own, and a package brings them along"
        yield Problem("", where)


def _container_problems(containers: Sequence[ModelContainer], invocation: Invocation) -> Iterator[Problem | None]:
    yield one_of("invocation", invocation, ["serial", "direct"])
    yield no_more_than("containers", containers, 15)
    for index, container in enumerate(containers):
        yield from within("" if len(containers) == 1 else f"containers[{index}]", container.problems())
    several = sum(1 for container in containers if container.models)
    if several > 1:
        yield Problem("containers", f"may hold at most one with many models, got: {several}")
    if invocation == "direct" and len(containers) == 1:
        yield Problem("invocation", "must be serial for one container, got: 'direct'")
