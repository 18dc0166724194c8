"""Training under SageMaker's contract."""

import os

from jobs.artifact import lock_digest, write_artifact
from jobs.checkpoints import Checkpoints, training_digest
from jobs.data.channels import read_channels
from jobs.data.learning_data import data_mistakes, load_tables
from jobs.data.table import Table
from jobs.data.target import Target
from jobs.documents import read_document
from jobs.ending import StopRequest, run_job
from jobs.hyperparameters import parse_hyperparameters
from jobs.paths import SageMakerPaths
from jobs.results import METRICS_FILE, scored, write_results
from jobs.tracking.run import TrackedRun, tracked
from tabular.artifact import MODEL_FILE
from tabular.hyperparameters import Hyperparameters


def run_training() -> int:
    """Train once and return the exit code: 0, or 1 with the reason in `output/failure`.

    SIGTERM ends the training after the current round and keeps the model so far.
    """
    # Threads that wait must not spin: on a machine that others use too, they take each other's time.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    paths = SageMakerPaths.from_environment()
    stop = StopRequest()
    return run_job(lambda: _train(paths, stop), paths.failure)


def _train(paths: SageMakerPaths, stop: StopRequest) -> None:
    channels = read_channels(paths)
    given = read_document(paths.training_configuration / "hyperparameters.json")
    hyperparameters = parse_hyperparameters(Hyperparameters, given, lambda values: data_mistakes(values, channels))
    train, held_out, target = load_tables(channels, hyperparameters)
    run = TrackedRun.begin(tags={"lock.sha256": lock_digest()})
    with tracked(run, lambda: stop.received):
        run.parameters(vars(hyperparameters))
        run.data(hyperparameters.dataset or "train", train, held_out)
        _fit(train, held_out, target, hyperparameters, paths, stop, run)


def _fit(
    train: Table,
    held_out: Table,
    target: Target,
    hyperparameters: Hyperparameters,
    paths: SageMakerPaths,
    stop: StopRequest,
    run: TrackedRun,
) -> None:
    # LightGBM takes longer to import than mistakes take to be found.
    from tabular.boosting import boost, predictions

    settings = hyperparameters.booster_parameters() | {"lock": lock_digest(), "classes": target.classes}
    checkpoints = Checkpoints(paths.checkpoints, training_digest(train, settings))
    report = run.metrics if run.wanted else None
    model, rounds = boost(train, held_out, target, hyperparameters, checkpoints, stop, report)
    if stop.received:
        print(f"stopped by SIGTERM after {rounds} of {hyperparameters.num_iterations} rounds", flush=True)
    write_artifact(
        paths.model,
        MODEL_FILE,
        model.model_to_string().encode(),
        feature_names=train.feature_names,
        label=train.label,
        target=target,
        hyperparameters=vars(hyperparameters),
    )
    metrics = scored("train", predictions(model, train.features), train, target)
    metrics |= scored("validation", predictions(model, held_out.features), held_out, target)
    write_results(paths.output_data, metrics, train=train, held_out=held_out, counts={"rounds": rounds})
    run.metrics(metrics, rounds)
    run.artifacts(paths.model, paths.output_data / METRICS_FILE)
