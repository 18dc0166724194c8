"""Training jobs."""

from __future__ import annotations

from emulator.coverage import Coverage
from emulator.jobs.runners import JobRunner, Phases, Work, Workshop
from emulator.jobs.training.runner import TrainingRunner
from emulator.sagemaker.api.records import Record

COVERAGE = (
    Coverage(
        "Training jobs",
        real="the image's own `train` process, or the job's entry point (Python, or a program of the image in it, by"
        " which notebook jobs run), one for each instance (`MASTER_ADDR` and"
        " `MASTER_PORT` say where several meet, as the names `algo-1` … do not resolve), with hyperparameters,"
        " channels by prefix and manifest as files, or by these and augmented manifest in pipes (gzip, RecordIO),"
        " instance groups, metrics, artifacts, stop, failure reason, their lines in CloudWatch Logs and how busy CPU"
        " and memory are in CloudWatch, while they run",
        recorded="instance types, VPC, warm pools",
        refused="AWS-owned images, file systems, Debugger",
    ),
)


class Runner(JobRunner):
    """Runs jobs of the kind `TrainingJob`."""

    phases: Phases | None = Phases(
        starting="Preparing the instances for training",
        running=("Training", "Training image download completed. Training in progress."),
        stopping="Stopping the training job",
        ended={
            "Completed": "Training job completed",
            "Stopped": "Training job stopped",
            "Failed": "Training failed",
        },
    )

    def __init__(self, workshop: Workshop) -> None:
        self._runner = TrainingRunner(
            images=workshop.images,
            directory=workshop.state / "training",
            s3=workshop.s3,
            tracking=workshop.tracking,
        )

    def work_of(self, record: Record) -> Work:
        """Run the job."""
        return lambda: self._runner.run(dict(record.request))

    def stop(self, name: str) -> None:
        """Ask the job's processes to end."""
        self._runner.stop(name)
