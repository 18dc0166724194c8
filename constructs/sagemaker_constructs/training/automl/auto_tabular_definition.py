"""A search for the best model of a table, defined once and run whenever it is due."""

from collections.abc import Iterator, Mapping
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, reject
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.network.vpc_placement import VpcPlacement
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_input import TrainingInput

TabularObjective = Literal["binary", "multiclass", "regression"]
"""What a label is learned as."""
TabularMetric = Literal["auc", "accuracy", "f1", "f1macro", "r2", "rmse", "mse", "mae"]
"""What a search of a table improves."""

_METRICS: Mapping[TabularObjective, tuple[TabularMetric, ...]] = {
    "binary": ("auc", "accuracy", "f1"),
    "multiclass": ("auc", "accuracy", "f1macro"),
    "regression": ("r2", "rmse", "mse", "mae"),
}
_OF_HELD_OUT_ROWS = ("auc", "accuracy", "r2", "rmse", "mae")
_NUMBER = r"=(-?[0-9.]+)"
_SHARE_OF_SEARCH = 0.8


class AutoTabularDefinition(TrainingDefinition):
    """A training job of the tabular image's AutoTabular, the open twin of Autopilot; ``TrainingJob`` runs it.

    It searches boosted trees, linear models and forests for the column ``label`` of ``train``, whose other columns
    are numbers, and judges the winner by ``validation`` (default: a fifth of the rows, which it keeps from the
    search). ``objective`` and ``metric`` follow from the label by default, and the metric is then ``auc`` or ``r2``.
    Of ``max_candidates`` (default: 30; maximum: 750) none begins when four fifths of ``max_runtime`` (default: 50
    minutes; maximum: 28 days) are over; the rest is for the one in hand and for the winner's last training.

    The job's model is served by the same image. Its ``output.tar.gz`` has the leaderboard, the explainability report,
    a page and a notebook that rebuilds the winner. ``image`` is another image with the same role (default: the one of
    the library). Metrics of the job are ``search:<metric>`` of the winner, and those of the rows that judge it.

    Provisions and grants what ``TrainingDefinition`` does.
    Raises ``InvalidInput`` for a metric that the objective lacks, too many candidates, and what
    ``TrainingDefinition`` refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        train: TrainingInput,
        label: str,
        output: s3.IBucket,
        instance_type: str,
        validation: TrainingInput | None = None,
        objective: TabularObjective | None = None,
        metric: TabularMetric | None = None,
        max_candidates: int = 30,
        max_runtime: Duration | None = None,
        seed: int = 42,
        image: ModelImage | None = None,
        encryption_key: kms.IKey | None = None,
        volume_gib: int = 10,
        output_prefix: str = "automl",
        placement: VpcPlacement | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        runtime = max_runtime or minutes(50)
        given = {
            "label": label,
            "objective": objective or "",
            "metric": metric or "",
            "max_candidates": str(max_candidates),
            "max_runtime_seconds": str(max(1, round(seconds_of(runtime) * _SHARE_OF_SEARCH))),
            "seed": str(seed),
        }
        measured = [f"search:{each}" for each in dict.fromkeys(each for of in _METRICS.values() for each in of)]
        measured += [f"validation:{each}" for each in _OF_HELD_OUT_ROWS]
        super().__init__(
            scope,
            id,
            image=image or ModelImage.from_library("tabular"),
            arguments=("automl",),
            output=output,
            instance_type=instance_type,
            encryption_key=encryption_key,
            volume_gib=volume_gib,
            output_prefix=output_prefix,
            channels={"train": train, **({"validation": validation} if validation else {})},
            hyperparameters={name: value for name, value in given.items() if value},
            metric_definitions={name: f"{name}{_NUMBER}" for name in measured},
            placement=placement,
            max_runtime=runtime,
            role=role,
            tags=tags,
        )
        reject(
            self,
            [
                in_range("max_candidates", max_candidates, 1, 750),
                in_range("seed", seed, 0, 2_147_483_647),
                *_metric_problems(objective, metric),
                None if label else Problem("label", "must name the column to predict"),
            ],
        )


def _metric_problems(objective: TabularObjective | None, metric: TabularMetric | None) -> Iterator[Problem]:
    if objective and metric and metric not in _METRICS[objective]:
        fitting = ", ".join(_METRICS[objective])
        yield Problem("metric", f"must be one of a {objective} objective's, {fitting}, got: {metric}")
