"""Autopilot as a step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, cast

from constructs import IDependable

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.jobs.job_definition import without_empty
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import grant_read_encrypted
from sagemaker_constructs.pipelines.steps.step import JobStepOptions, Step
from sagemaker_constructs.training.automl.auto_ml_definition import AutoMLDefinition
from sagemaker_constructs.training.automl.auto_ml_job import WINNER_VARIABLES
from sagemaker_constructs.training.automl.problems.tabular_problem import TabularProblem

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import AutoMLResult


class AutoMLStep(Step):
    """Runs Autopilot on a table as ``search`` says, or by a CreateAutoMLJob request without its name.

    Pipelines run Autopilot's first version in the mode ``ENSEMBLING``. An ``AutoMLDefinition``, which is for the
    second, becomes a request of the first where that has the same: a ``TabularProblem`` of this mode. Start anything
    else by CreateAutoMLJobV2 from a ``LambdaStep`` or a ``CallbackStep``.

    Raises ``InvalidInput`` for a definition of another problem or mode.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "AutoML"

    def __init__(
        self, name: str, search: AutoMLDefinition | Mapping[str, object], **options: Unpack[JobStepOptions]
    ) -> None:
        super().__init__(name, options)
        self._definition = search if isinstance(search, AutoMLDefinition) else None
        self._request = _first_version(name, search) if isinstance(search, AutoMLDefinition) else search
        self.properties: AutoMLResult = result_of_step("AutoML", name)

    def arguments(self) -> Mapping[str, object]:
        """The CreateAutoMLJob request."""
        return self._request

    @property
    def role(self) -> ExecutionRoleBase | None:
        """What the search runs as, where this library has defined it."""
        return self._definition.execution_role if self._definition else None

    @property
    def ready(self) -> Sequence[IDependable]:
        """What a run of the search has to wait for."""
        return self._definition.ready if self._definition else ()

    def best_container(self) -> Mapping[str, object]:
        """The winner as the one container of a model or of a version, with all variables that Autopilot gave it.

        For the ``changes`` of later steps: ``PrimaryContainer`` of a ``ModelStep``, and one of ``Containers`` in the
        ``InferenceSpecification`` of a ``RegisterModelStep``. Its image lies in a registry of AWS, and its artifact
        where the search writes: an endpoint's role has to reach both.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
        """
        winner = self.properties.BestCandidate.InferenceContainers[0]
        return {
            "Image": winner.Image,
            "ModelDataUrl": winner.ModelDataUrl,
            "Environment": {name: winner.Environment[name] for name in WINNER_VARIABLES},
        }

    def grant_read_result(self, asked: str, grants: Grants) -> None:
        """Allow reading what the search has left."""
        if self._definition and asked.startswith("BestCandidate"):
            search = self._definition
            grant_read_encrypted(search.output, search.output_prefix, search.encryption_key, grants)


def _first_version(name: str, search: AutoMLDefinition) -> Mapping[str, object]:
    problem = search.problem
    if not isinstance(problem, TabularProblem) or problem.mode != "ENSEMBLING":
        words = "must be a TabularProblem of the mode ENSEMBLING, as pipelines run nothing else, got"
        raise InvalidInput(name, [Problem("search.problem", f"{words}: {problem}")])
    given = cast(Any, search.request)
    criteria = given["AutoMLProblemTypeConfig"][problem.member]["CompletionCriteria"]
    return without_empty(
        {
            "InputDataConfig": [
                {**each, "TargetAttributeName": problem.target} for each in given["AutoMLJobInputDataConfig"]
            ],
            "OutputDataConfig": given["OutputDataConfig"],
            "ProblemType": problem.kind,
            "AutoMLJobObjective": given.get("AutoMLJobObjective"),
            "AutoMLJobConfig": {
                "CompletionCriteria": criteria,
                "SecurityConfig": given["SecurityConfig"],
                "Mode": problem.mode,
            },
            "RoleArn": given["RoleArn"],
            "Tags": given.get("Tags"),
        }
    )
