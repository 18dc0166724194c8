"""What checks against baselines have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.pipelines.steps.definition_step import DefinitionStep, Text
from sagemaker_constructs.pipelines.steps.step import JobStepOptions


@dataclass(frozen=True)
class CheckedBaseline:
    """What a check compares with: the latest approved version of the model package group ``group``, if there is one.

    ``supplied_constraints`` and ``supplied_statistics`` are S3 URLs to compare with in its place. ``skip`` makes a
    baseline and compares nothing, ``fail_on_violation`` fails the step where the comparison finds something, and
    ``register`` lets a version that is registered later have the new baseline.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
    """

    group: Text | None = None
    skip: bool = False
    fail_on_violation: bool = True
    register: bool = False
    supplied_constraints: Text | None = None
    supplied_statistics: Text | None = None

    def document(self) -> dict[str, object]:
        """Members of the step."""
        given = {
            "ModelPackageGroupName": self.group,
            "SkipCheck": self.skip,
            "FailOnViolation": self.fail_on_violation,
            "RegisterNewBaseline": self.register,
            "SuppliedBaselineConstraints": self.supplied_constraints,
            "SuppliedBaselineStatistics": self.supplied_statistics,
        }
        return {name: value for name, value in given.items() if value is not None}


class CheckStep(DefinitionStep):
    """Runs the check that ``processing`` describes, and compares with ``baseline``."""

    def __init__(
        self,
        name: str,
        processing: ProcessingDefinition,
        check: str,
        baseline: CheckedBaseline | None,
        changes: Mapping[str, object] | None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, processing, changes or {}, options)
        self._check = check
        self._baseline = baseline or CheckedBaseline()

    def more(self) -> Mapping[str, object]:
        """The kind of check and its baseline."""
        return {"CheckType": self._check, **self._baseline.document()}
