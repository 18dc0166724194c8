"""A hyperparameter tuning job, defined once and run whenever it is due."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.execution_role import ExecutionRoleBase
from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, matches, no_more_than, reject, within
from sagemaker_constructs.core.rules.at_synth import rule_problems
from sagemaker_constructs.jobs.job_definition import JobDefinition, without_empty
from sagemaker_constructs.training.tuning.completion_criteria import CompletionCriteria
from sagemaker_constructs.training.tuning.hyperparameter_range import parameter_ranges
from sagemaker_constructs.training.tuning.search_strategy import SearchStrategy
from sagemaker_constructs.training.tuning.tuned_algorithm import TunedAlgorithm
from sagemaker_constructs.training.tuning.warm_start import WarmStart

_ARGUMENTS = {
    "HyperParameterTuningJobConfig": "",
    "TrainingJobEarlyStoppingType": "early_stopping",
    "ResourceLimits": "",
    "MaxNumberOfTrainingJobs": "maximum_jobs",
    "StrategyConfig": "strategy",
    "HyperbandStrategyConfig": "",
    "MaxResource": "maximum_resource",
    "MinResource": "minimum_resource",
    "ParameterRanges": "algorithms.ranges",
    "TrainingJobDefinitions": "algorithms",
    "HyperParameterRanges": "ranges",
}
"""Arguments by the members of the request that are made of them."""
_MOST_JOBS = {"Bayesian": 750, "Hyperband": 750, "Random": 10_000}


class TuningDefinition(JobDefinition):
    """What a tuning job tries, and until when; ``TuningJob`` runs it when its stack is deployed.

    ``algorithms`` is one ``TunedAlgorithm``, or up to ten of them by name. ``strategy`` is Bayesian by default.
    ``maximum_jobs`` training jobs run in all (default: 20; for a grid, as many as there are combinations),
    ``parallel_jobs`` of them at a time (default: 2). ``early_stopping`` lets SageMaker stop jobs that will not be the
    best. ``max_runtime`` ends the search, its last jobs with it (default: 50 minutes; 2 minutes to half a year).
    ``random_seed`` makes a repetition try nearly the same.

    Training jobs run as the roles of their definitions. Provisions nothing that runs.
    Raises ``InvalidInput`` for ranges and limits that SageMaker refuses, an objective that the training does not
    report, a grid of ranges that are not categorical, and Hyperband with early stopping or without its longest run.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html
    """

    kind: ClassVar[str] = "HyperParameterTuningJob"

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        algorithms: TunedAlgorithm | Mapping[str, TunedAlgorithm],
        strategy: SearchStrategy | None = None,
        maximum_jobs: int | None = None,
        parallel_jobs: int = 2,
        max_runtime: Duration | None = None,
        early_stopping: bool = False,
        completion: CompletionCriteria | None = None,
        warm_start: WarmStart | None = None,
        random_seed: int | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, id)
        named = {"": algorithms} if isinstance(algorithms, TunedAlgorithm) else dict(algorithms)
        self.max_runtime: Duration = max_runtime or minutes(50)
        runtime = seconds_of(self.max_runtime)
        chosen = strategy or SearchStrategy.bayesian()
        jobs = maximum_jobs if maximum_jobs is not None or chosen.name == "Grid" else 20
        reject(
            self,
            [
                *_algorithm_problems(named),
                *within("strategy", chosen.problems()),
                in_range("maximum_jobs", jobs, 1, _MOST_JOBS[chosen.name])
                if jobs is not None and chosen.name in _MOST_JOBS
                else None,
                in_range("parallel_jobs", parallel_jobs, 1, 100),
                in_range("max_runtime", runtime, 120, 15_768_000, unit="seconds"),
                *within("completion", completion.problems() if completion else ()),
                *within("warm_start", warm_start.problems() if warm_start else ()),
            ],
        )
        self.algorithms: Mapping[str, TunedAlgorithm] = named
        self._trainings = [each.training for each in named.values()]
        self.volume_key: kms.IKey | None = self._trainings[0].volume_key
        limits = {
            "MaxNumberOfTrainingJobs": jobs,
            "MaxParallelTrainingJobs": parallel_jobs,
            "MaxRuntimeInSeconds": runtime,
        }
        alone = named.get("")
        self.request: Mapping[str, object] = without_empty(
            {
                "HyperParameterTuningJobConfig": without_empty(
                    {
                        "Strategy": chosen.name,
                        "StrategyConfig": chosen.request(),
                        "ResourceLimits": without_empty(limits),
                        "TrainingJobEarlyStoppingType": "Auto" if early_stopping else "Off",
                        "TuningJobCompletionCriteria": completion.request() if completion else None,
                        "RandomSeed": random_seed,
                        "HyperParameterTuningJobObjective": alone.objective.request() if alone else None,
                        "ParameterRanges": parameter_ranges(alone.ranges) if alone else None,
                    }
                ),
                "TrainingJobDefinition": alone.request() if alone else None,
                "TrainingJobDefinitions": [
                    {
                        "DefinitionName": name,
                        "TuningObjective": each.objective.request(),
                        "HyperParameterRanges": parameter_ranges(each.ranges),
                        **each.request(),
                    }
                    for name, each in named.items()
                    if name
                ],
                "WarmStartConfig": warm_start.request() if warm_start else None,
                "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            }
        )
        reject(self, rule_problems("CreateHyperParameterTuningJob", self.request, names=_ARGUMENTS))

    @property
    def execution_role(self) -> ExecutionRoleBase:
        """What the training jobs of the first algorithm run as."""
        return self._trainings[0].execution_role

    @property
    def parts(self) -> Sequence[JobDefinition]:
        """The training of each algorithm."""
        return self._trainings


def _algorithm_problems(named: Mapping[str, TunedAlgorithm]) -> Iterator[Problem | None]:
    if not named:
        yield Problem("algorithms", "must hold at least one algorithm")
    yield no_more_than("algorithms", [*named], 10)
    for name, each in named.items():
        path = "algorithms"
        if name:
            path = f"algorithms[{name!r}]"
            yield matches(
                path, name, r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}", "named with up to 64 letters, digits and -"
            )
        yield from within(path, each.problems())
