"""A model as a step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Unpack

from constructs import IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import Text, changed
from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import ModelResult


class ModelStep(Step):
    """Makes a model like ``model``, with another ``artifact``: its containers, role, network and isolation.

    ``artifact`` is the S3 URL of a ``.tar.gz``, mostly a result of training, for a model of one container;
    ``environment`` adds to that container's variables. ``changes`` replace members of the CreateModel request.

    Raises ``InvalidInput`` at the pipeline for ``artifact`` or ``environment`` with a model of several containers.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Model"

    def __init__(
        self,
        name: str,
        model: Model,
        *,
        artifact: Text | None = None,
        environment: Mapping[str, Text] | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, options)
        self._model = model
        self._container = container_changes(artifact, environment)
        self._changes = changes or {}
        self.properties: ModelResult = result_of_step("Model", name)

    def arguments(self) -> Mapping[str, object]:
        """The model's request, changed."""
        own = {"PrimaryContainer": self._container} if self._container else {}
        given = {**self._model.request, "ExecutionRoleArn": self._model.execution_role.arn}
        return changed(changed(given, own), self._changes)

    @property
    def role(self) -> ExecutionRoleBase:
        """What the containers run as."""
        return self._model.execution_role

    @property
    def ready(self) -> Sequence[IDependable]:
        """The policies of the model's role."""
        return self._model.execution_role.ready


def container_changes(artifact: Text | None, environment: Mapping[str, Text] | None) -> dict[str, object]:
    """What is different in a container that gets another artifact and further variables."""
    own: dict[str, object] = {}
    if artifact is not None:
        own["ModelDataUrl"] = artifact
    if environment:
        own["Environment"] = dict(environment)
    return own
