"""Training under SageMaker's contract."""

import csv
import json
import os
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import numpy
from numpy.typing import NDArray

from tabular.artifact import lock_digest, write_artifact
from tabular.checkpoint import Checkpoint, Checkpoints, training_digest
from tabular.dataset import Table, load_breast_cancer, ordered_classes, read_channel
from tabular.errors import TrainingError
from tabular.hyperparameters import Hyperparameters, parse_hyperparameters
from tabular.paths import SageMakerPaths

MAXIMUM_REASON = 1024


class StopRequest:
    """Remembers SIGTERM, so that boosting can end after the round in hand and keep its model."""

    def __init__(self) -> None:
        self.received = False
        signal.signal(signal.SIGTERM, self._receive)

    def _receive(self, signal_number: int, frame: FrameType | None) -> None:
        del signal_number, frame
        self.received = True


def run_training() -> int:
    """Train once and return the exit code: 0, or 1 with the reason in `output/failure`.

    A person's mistake gives one line; anything else also leaves its traceback in the log. SIGTERM ends the
    training after the current round and keeps the model so far.
    """
    # Threads that wait must not spin: on a machine that others use too, they take each other's time.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    paths = SageMakerPaths.from_environment()
    try:
        _train(paths, StopRequest())
    except TrainingError as error:
        return _fail(paths, str(error))
    except Exception as error:
        traceback.print_exc()
        return _fail(paths, f"{type(error).__name__}: {error}")
    return 0


def _fail(paths: SageMakerPaths, reason: str) -> int:
    line = " ".join(reason.split())
    print(f"training failed: {line}", file=sys.stderr)
    paths.failure.parent.mkdir(parents=True, exist_ok=True)
    paths.failure.write_bytes(line.encode()[:MAXIMUM_REASON].decode(errors="ignore").encode())
    return 1


def _train(paths: SageMakerPaths, stop: StopRequest) -> None:
    has_train_channel = paths.channel("train").is_dir()
    given = _read_hyperparameters(paths.hyperparameters)
    hyperparameters = parse_hyperparameters(given, has_train_channel=has_train_channel)
    train, held_out = _load(paths, hyperparameters, has_train_channel)
    classes = ordered_classes(numpy.concatenate([train.labels, held_out.labels]))
    settings = hyperparameters.booster_parameters() | {"lock": lock_digest(), "classes": classes}
    checkpoints = Checkpoints(paths.checkpoints, training_digest(train, settings))
    model, rounds = _boost(train, held_out, classes, hyperparameters, checkpoints, stop)
    if stop.received:
        print(f"stopped by SIGTERM after {rounds} of {hyperparameters.num_iterations} rounds", flush=True)
    write_artifact(
        paths.model,
        model.model_to_string(),
        feature_names=train.feature_names,
        label=train.label,
        classes=classes,
        hyperparameters=vars(hyperparameters),
    )
    metrics = {f"train:{name}": value for name, value in _score(model, train, classes).items()}
    metrics |= {f"validation:{name}": value for name, value in _score(model, held_out, classes).items()}
    for name, value in metrics.items():
        print(f"{name}={value:.6f}", flush=True)
    paths.output_data.mkdir(parents=True, exist_ok=True)
    counts = {"train:rows": len(train.labels), "validation:rows": len(held_out.labels), "rounds": rounds}
    (paths.output_data / "metrics.json").write_text(json.dumps(metrics | counts, indent=2) + "\n")
    _write_rows(paths.output_data / "held_out.csv", held_out)


def _read_hyperparameters(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        given: Any = json.loads(path.read_text())
    except ValueError as error:
        raise TrainingError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise TrainingError(f"{path.name} must hold a JSON object")
    return given  # pyright: ignore[reportUnknownVariableType]


def _load(paths: SageMakerPaths, hyperparameters: Hyperparameters, has_train_channel: bool) -> tuple[Table, Table]:
    if not has_train_channel:
        return _split(load_breast_cancer(), hyperparameters)
    train = read_channel(paths.channel("train"), hyperparameters.label)
    if not paths.channel("validation").is_dir():
        return _split(train, hyperparameters)
    validation = read_channel(paths.channel("validation"), hyperparameters.label)
    if validation.feature_names != train.feature_names:
        raise TrainingError("the validation channel has other columns than the train channel")
    unknown = sorted(set(validation.labels.tolist()) - set(train.labels.tolist()))
    if unknown:
        names = ", ".join(unknown)
        raise TrainingError(f"the validation channel has labels that the train channel lacks: {names}")
    return train, validation


def _split(table: Table, hyperparameters: Hyperparameters) -> tuple[Table, Table]:
    # scikit-learn has no type hints.
    model_selection: Any = import_module("sklearn.model_selection")
    positions = numpy.arange(len(table.labels))
    try:
        kept, held_out = model_selection.train_test_split(
            positions,
            test_size=hyperparameters.held_out_fraction,
            random_state=hyperparameters.seed,
            stratify=table.labels,
        )
    except ValueError as error:
        raise TrainingError(f"the rows cannot be split into training and held-out rows: {error}") from None
    return table.rows(numpy.sort(kept)), table.rows(numpy.sort(held_out))


def _boost(
    train: Table,
    held_out: Table,
    classes: tuple[str, ...],
    hyperparameters: Hyperparameters,
    checkpoints: Checkpoints,
    stop: StopRequest,
) -> tuple[Any, int]:
    import lightgbm

    def end_when_asked(environment: Any) -> None:
        done = environment.iteration + 1
        if stop.received or done % hyperparameters.checkpoint_rounds == 0:
            checkpoints.save(Checkpoint(done, environment.model.model_to_string()))
        if stop.received:
            raise lightgbm.callback.EarlyStopException(environment.iteration, [])

    parameters: dict[str, Any] = {"deterministic": True, "force_row_wise": True, "verbosity": -1}
    if len(classes) == 2:
        parameters["objective"] = "binary"
    else:
        parameters |= {"objective": "multiclass", "num_class": len(classes)}
    reached = checkpoints.latest()
    if reached:
        print(f"resumed after {reached.rounds} of {hyperparameters.num_iterations} rounds", flush=True)
    if reached and reached.rounds >= hyperparameters.num_iterations:
        return lightgbm.Booster(model_str=reached.model), reached.rounds
    callbacks: list[Any] = [end_when_asked]
    data = _dataset(train, classes)
    validation = [_dataset(held_out, classes, reference=data)] if hyperparameters.early_stopping_rounds else []
    if validation:
        callbacks.append(lightgbm.early_stopping(hyperparameters.early_stopping_rounds, verbose=False))
    try:
        model = lightgbm.train(  # pyright: ignore[reportUnknownMemberType]
            parameters | hyperparameters.booster_parameters(),
            data,
            num_boost_round=hyperparameters.num_iterations - (reached.rounds if reached else 0),
            init_model=lightgbm.Booster(model_str=reached.model) if reached else None,
            valid_sets=validation,
            callbacks=callbacks,
        )
    except lightgbm.basic.LightGBMError as error:
        raise TrainingError(f"LightGBM refuses: {error}") from None
    return model, model.best_iteration if model.best_iteration > 0 else model.current_iteration()


def _dataset(table: Table, classes: tuple[str, ...], reference: Any = None) -> Any:
    import lightgbm

    labels = _positions(table.labels, classes)
    return lightgbm.Dataset(table.features, label=labels, feature_name=list(table.feature_names), reference=reference)


def _score(model: Any, table: Table, classes: tuple[str, ...]) -> dict[str, float]:
    metrics: Any = import_module("sklearn.metrics")
    probabilities: NDArray[numpy.float64] = model.predict(table.features)
    truth = _positions(table.labels, classes)
    binary = len(classes) == 2
    predicted = (probabilities >= 0.5).astype(int) if binary else probabilities.argmax(axis=1)
    scores = {"accuracy": float((predicted == truth).mean())}
    if len(set(truth.tolist())) == len(classes):
        how = "raise" if binary else "ovr"
        scores["auc"] = float(metrics.roc_auc_score(truth, probabilities, multi_class=how))
    return scores


def _positions(labels: NDArray[numpy.str_], classes: tuple[str, ...]) -> NDArray[numpy.intp]:
    position = {label: index for index, label in enumerate(classes)}
    return numpy.array([position[str(label)] for label in labels])


def _write_rows(path: Path, table: Table) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([table.label, *table.feature_names])
        for label, features in zip(table.labels, table.features.tolist(), strict=True):
            writer.writerow([label, *("" if value != value else repr(value) for value in features)])
