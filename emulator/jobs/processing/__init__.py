"""Processing jobs."""

from __future__ import annotations

from emulator.jobs.processing.runner import ProcessingRunner
from emulator.jobs.runners import Phases, Work, Workshop
from emulator.sagemaker.api.records import Record


class Runner:
    """Runs jobs of the kind `ProcessingJob`."""

    phases: Phases | None = None

    def __init__(self, workshop: Workshop) -> None:
        self._runner = ProcessingRunner(
            images=workshop.images, directory=workshop.state / "processing", s3=workshop.s3
        )

    def work_of(self, record: Record) -> Work:
        """Run the job."""
        return lambda: self._runner.run(dict(record.request), record.arn)

    def stop(self, name: str) -> None:
        """Ask the job's processes to end."""
        self._runner.stop(name)
