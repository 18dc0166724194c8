"""Training under SageMaker's contract, in as many processes as the job has."""

import os

import torch
from safetensors.torch import save

from jobs.artifact import lock_digest, write_artifact
from jobs.checkpoints import Checkpoints, training_digest
from jobs.data.learning_data import load_tables
from jobs.data.table import Table
from jobs.data.target import Target
from jobs.ending import StopRequest, run_job
from jobs.paths import SageMakerPaths
from jobs.results import METRICS_FILE, scored, write_results
from jobs.tracking.run import TrackedRun, tracked
from pytorch.artifact import MODEL_FILE
from pytorch.fitting import architecture, fit
from pytorch.job import TrainingJob
from pytorch.network import Network
from pytorch.processes.group import Group
from pytorch.processes.launching import launch
from pytorch.processes.stop_file import StopFile


def run_training() -> int:
    """Train once and return the exit code: 0, or 1 with the reason in `output/failure`.

    SIGTERM ends the training after the current batch and keeps the model so far.
    """
    stop = StopRequest()
    return run_job(lambda: _start(stop), SageMakerPaths.from_environment().failure)


def _start(stop: StopRequest) -> None:
    job = TrainingJob.read()
    processes = job.hyperparameters.processes_per_host or max(1, torch.cuda.device_count())
    if len(job.resources.hosts) * processes == 1:
        train(job, Group(), stop)
    else:
        launch(job.resources, processes, stop)


def train(job: TrainingJob, group: Group, stop: StopRequest | StopFile) -> None:
    """Train in this process of the group; the leading one writes the model. Raises JobError."""
    # CUDA's matrix products are reproducible only with a workspace of fixed size.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    hyperparameters = job.hyperparameters
    rows, held_out, target = load_tables(job.channels, hyperparameters)
    # One process speaks for all.
    run = TrackedRun.begin(tags={"lock.sha256": lock_digest()}) if group.leads else TrackedRun(None)
    with tracked(run, lambda: bool(stop.received)):
        run.parameters(vars(hyperparameters) | {"processes": group.size})
        run.data(hyperparameters.dataset or "train", rows, held_out)
        _fit(job, rows, held_out, target, group, stop, run)
    group.leave()


def _fit(
    job: TrainingJob,
    rows: Table,
    held_out: Table,
    target: Target,
    group: Group,
    stop: StopRequest | StopFile,
    run: TrackedRun,
) -> None:
    hyperparameters = job.hyperparameters
    settings = vars(hyperparameters) | {"lock": lock_digest(), "classes": target.classes, "processes": group.size}
    # What the objective comes to is in the classes.
    del settings["epochs"], settings["objective"]
    checkpoints = Checkpoints(job.paths.checkpoints, training_digest(rows, settings))
    fitted = fit(rows, held_out, target, hyperparameters, group, checkpoints, stop, run.metrics)
    if group.leads:
        if fitted.stopped:
            print(f"stopped by SIGTERM after {fitted.epochs} of {hyperparameters.epochs} epochs", flush=True)
        network = fitted.network.cpu()
        write_artifact(
            job.paths.model,
            MODEL_FILE,
            save({name: weight.contiguous() for name, weight in network.state_dict().items()}),
            feature_names=rows.feature_names,
            label=rows.label,
            target=target,
            hyperparameters=vars(hyperparameters),
            architecture=architecture(rows, target, hyperparameters).described(),
        )
        metrics = _scores("train", network, rows, target) | _scores("validation", network, held_out, target)
        counts = {"epochs": fitted.epochs, "processes": group.size}
        write_results(job.paths.output_data, metrics, train=rows, held_out=held_out, counts=counts)
        run.metrics(metrics, fitted.epochs)
        run.artifacts(job.paths.model, job.paths.output_data / METRICS_FILE)


def _scores(part: str, network: Network, table: Table, target: Target) -> dict[str, float]:
    with torch.inference_mode():
        found = network.predictions(network(torch.from_numpy(table.features))).numpy()
    return scored(part, found, table, target)
