"""A version in the model registry as a step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, Unpack

from sagemaker_constructs.core.problems import InvalidInput, Problem, within
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import Text, changed
from sagemaker_constructs.pipelines.steps.models.drift_check_baselines import DriftCheckBaselines
from sagemaker_constructs.pipelines.steps.models.model_card import ModelCard
from sagemaker_constructs.pipelines.steps.models.model_metrics import ModelMetrics
from sagemaker_constructs.pipelines.steps.models.model_step import container_changes
from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import RegisterModelResult

Approval = Literal["PendingManualApproval", "Approved", "Rejected"]


class RegisterModelStep(Step):
    """Registers a version of the model package group ``group``, by its name or ARN.

    It has the containers of ``model`` with another ``artifact``: the S3 URL of a ``.tar.gz``, mostly a result of
    training. It takes ``content_types``, answers in ``response_types``, and waits for its ``approval``.
    ``metrics`` are reports that the registry shows, of which ``model_quality`` alone is the most usual one.
    ``baselines`` are what checks of later executions compare with. ``metadata`` are up to 50 own properties. ``card``
    is its model card, with results of this execution. ``changes`` replace members of the CreateModelPackage request.

    Raises ``InvalidInput`` for a card that the schema of model cards refuses, for metrics or baselines that name no
    file or no S3 URL, and for a ``model_quality`` beside that of ``metrics``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
    """

    type: ClassVar[str] = "RegisterModel"

    def __init__(
        self,
        name: str,
        group: Text,
        model: Model,
        *,
        artifact: Text | None = None,
        environment: Mapping[str, Text] | None = None,
        content_types: Sequence[str] = ("text/csv",),
        response_types: Sequence[str] = ("text/csv",),
        approval: Approval | Text = "PendingManualApproval",
        model_quality: Text | None = None,
        metrics: ModelMetrics | None = None,
        baselines: DriftCheckBaselines | None = None,
        metadata: Mapping[str, Text] | None = None,
        card: ModelCard | None = None,
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, options)
        parts = {"card": card, "metrics": metrics, "baselines": baselines}
        refused = [problem for place, part in parts.items() if part for problem in within(place, part.problems())]
        if metrics and metrics.quality is not None and model_quality is not None:
            refused.append(
                Problem("model_quality", f"must not be given beside metrics.quality, got: {model_quality!r}")
            )
        if refused:
            raise InvalidInput(name, refused)
        quality = None if model_quality is None else ModelMetrics(quality=model_quality)
        self._metrics = replace(metrics, quality=model_quality) if metrics and quality else metrics or quality
        self._baselines = baselines
        self._card = card
        self._group = group
        self._model = model
        self._container = container_changes(artifact, environment)
        self._content_types = content_types
        self._response_types = response_types
        self._approval = approval
        self._metadata = dict(metadata or {})
        self._changes = changes or {}
        self.properties: RegisterModelResult = result_of_step("RegisterModel", name)

    def arguments(self) -> Mapping[str, object]:
        """The request."""
        request = self._model.request
        inside = request.get("Containers") or [request["PrimaryContainer"]]
        containers = [_packaged(each) for each in inside]
        specification = {
            "Containers": [changed(containers[0], self._container), *containers[1:]],
            "SupportedContentTypes": [*self._content_types],
            "SupportedResponseMIMETypes": [*self._response_types],
        }
        given: dict[str, object] = {
            "ModelPackageGroupName": self._group,
            "InferenceSpecification": specification,
            "ModelApprovalStatus": self._approval,
        }
        if self._metrics is not None:
            given["ModelMetrics"] = self._metrics.document()
        if self._baselines is not None:
            given["DriftCheckBaselines"] = self._baselines.document()
        if self._metadata:
            given["CustomerMetadataProperties"] = self._metadata
        if self._card is not None:
            given["ModelCard"] = self._card.document()
        return changed(given, self._changes)


def _packaged(container: Mapping[str, object]) -> Mapping[str, object]:
    """A container of a model as one of a package, which has no mode."""
    return {name: value for name, value in container.items() if name != "Mode"}
