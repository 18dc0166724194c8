"""Lineage as a step: what was made of what."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Unpack

from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.step import Step, StepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import LineageResult


class LineageStep(Step):
    """Makes ``actions``, ``artifacts`` and ``contexts``, each the request of its Create call, and joins them.

    An association is ``{"Source": …, "Destination": …, "AssociationType": …}``, where both ends are an ``Arn`` or the
    ``Name`` and ``Type`` (Action, Artifact, Context) of what this step makes.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking.html
    """

    type: ClassVar[str] = "Lineage"

    def __init__(
        self,
        name: str,
        *,
        actions: Sequence[Mapping[str, object]] = (),
        artifacts: Sequence[Mapping[str, object]] = (),
        contexts: Sequence[Mapping[str, object]] = (),
        associations: Sequence[Mapping[str, object]] = (),
        **options: Unpack[StepOptions],
    ) -> None:
        super().__init__(name, options)
        given = {"Actions": actions, "Artifacts": artifacts, "Contexts": contexts, "Associations": associations}
        self._given = {kind: [*each] for kind, each in given.items() if each}
        self.properties: LineageResult = result_of_step("Lineage", name)

    def arguments(self) -> Mapping[str, object]:
        """What is made, and how it is joined."""
        return self._given
