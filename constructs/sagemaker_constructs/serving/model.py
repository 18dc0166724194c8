"""A model: an image, an artifact and the role they run as."""

from collections.abc import Mapping

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from sagemaker_constructs.core.acknowledgement import acknowledge_in_template
from sagemaker_constructs.core.execution_role import ExecutionRole
from sagemaker_constructs.core.validation import is_token, matches, reject
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.serving.model_artifact import ModelArtifact


class Model(Construct):
    """A model that endpoints and transform jobs can run.

    The container runs in network isolation by default: it reaches nothing, and SageMaker itself fetches the
    artifact and stores captured data. ``role`` defaults to a new role that can pull ``image``, read
    ``artifact`` and, with ``placement``, attach network interfaces there.

    The model has no fixed name: a new image or artifact replaces it, and the endpoint moves over.

    Provisions: one ``AWS::SageMaker::Model``, and an ``AWS::IAM::Role`` unless ``role`` is given.
    Raises ``InvalidInput`` for environment variables that SageMaker refuses (names of letters, digits and
    underscores, at most 100 of them, values up to 1,024 bytes).

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: ModelImage,
        artifact: ModelArtifact | None = None,
        environment: Mapping[str, str] | None = None,
        placement: VpcPlacement | None = None,
        network_isolation: bool = True,
        role: iam.IRole | None = None,
    ) -> None:
        super().__init__(scope, id)
        variables = dict(environment or {})
        reject(self, _environment_problems(variables))
        self.role = (
            role
            or ExecutionRole(
                self,
                "ExecutionRole",
                description=f"Runs the model {self.node.path}",
                log_groups=["/aws/sagemaker/Endpoints/*", "/aws/sagemaker/TransformJobs"],
            ).role
        )
        container: dict[str, object] = {"image": image.bind(self, self.role)}
        if artifact:
            container["modelDataUrl"] = artifact.bind(self, self.role)
        if variables:
            container["environment"] = variables
        if placement:
            placement.grant_network_interfaces(self.role)
        resource = sagemaker.CfnModel(
            self,
            "Resource",
            execution_role_arn=self.role.role_arn,
            primary_container=container,
            enable_network_isolation=network_isolation,
            vpc_config=placement.vpc_config if placement else None,
        )
        if not placement:
            acknowledge_in_template(
                resource,
                "sagemaker-model-in-vpc",
                reason="Without a placement the container runs in SageMaker's own network, where network isolation, "
                "on by default, lets it reach nothing.",
            )
        # SageMaker checks at once that the role can read the artifact: its policy has to be there first.
        resource.node.add_dependency(self.role)
        self.model_name: str = resource.attr_model_name


def _environment_problems(variables: Mapping[str, str]) -> list[str | None]:
    problems: list[str | None] = [
        matches("environment", name, r"[a-zA-Z_][a-zA-Z0-9_]{0,1023}", "named with letters, digits and _")
        for name in variables
    ]
    problems += [
        f"environment {name} must hold at most 1024 bytes, got: {len(value.encode())}"
        for name, value in variables.items()
        if not is_token(value) and len(value.encode()) > 1024
    ]
    if len(variables) > 100:
        problems.append(f"environment may hold at most 100 variables, got: {len(variables)}")
    return problems
