"""The same steps for each of several items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Unpack

from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.step import Step, StepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import ForEachResult


@dataclass(frozen=True)
class BestIteration:
    """The iteration with the largest, or the smallest, value ``path`` of the step ``step`` in the loop's body.

    ``BestIteration("MaxBy", evaluate, "OutputParameters['auc']")``: later steps find its results in the loop's
    ``properties.Selected``.
    """

    pick: Literal["MaxBy", "MinBy"]
    step: Step
    path: str

    def document(self) -> dict[str, object]:
        """The ``Selector`` of a ForEach step."""
        return {"Pick": self.pick, "Field": {"Get": f"IterationOutput.{self.step.name}.{self.path}"}}


class ForEachStep(Step):
    """Runs ``body`` for each of ``items``, up to ``concurrency`` steps at a time; inside, ``LoopItem`` is the item.

    ``items`` are 1 to 100 values, or an expression for a JSON list. Later steps use
    ``properties.IterationOutputs[0].<step>`` of each iteration, or ``properties.Selected`` of the ``best`` one.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "ForEach"

    def __init__(
        self,
        name: str,
        items: Sequence[Plain | Expression] | Expression,
        body: Sequence[Step],
        *,
        concurrency: int = 1,
        best: BestIteration | None = None,
        **options: Unpack[StepOptions],
    ) -> None:
        super().__init__(name, options)
        self._items = items
        self._body = body
        self._concurrency = concurrency
        self._best = best
        self.properties: ForEachResult = result_of_step("ForEach", name)

    def arguments(self) -> Mapping[str, object]:
        """Items, body and choice."""
        chosen = {"Selector": self._best.document()} if self._best else {}
        return {
            "IterableItems": self._items if isinstance(self._items, Expression) else [*self._items],
            "MaxConcurrency": self._concurrency,
            "ForEachBody": [each.document() for each in self._body],
            **chosen,
        }

    @property
    def inside(self) -> Sequence[Step]:
        """The body."""
        return self._body
