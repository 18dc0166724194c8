"""Processing jobs."""

from __future__ import annotations

from emulator.coverage import Coverage
from emulator.jobs.processing.runner import ProcessingRunner
from emulator.jobs.runners import JobRunner, Work, Workshop
from emulator.sagemaker.api.records import Record

COVERAGE = (
    Coverage(
        "Processing jobs",
        real="the image's own process, or the job's entry point if it starts python, on one or several machines; S3"
        " inputs by prefix and manifest, replicated or sharded; outputs at the end or while it runs;"
        " messages, stop, failure reason. Where namespaces are allowed (Linux), `/opt/ml` and `/tmp` are the job's"
        " own and all else is read only",
        recorded="instance types, VPC, KMS keys; network isolation, which only takes the emulator's address away",
        refused="AWS-owned images, Pipe, Athena and Redshift data sets, feature group outputs",
    ),
)


class Runner(JobRunner):
    """Runs jobs of the kind `ProcessingJob`."""

    def __init__(self, workshop: Workshop) -> None:
        self._runner = ProcessingRunner(
            images=workshop.images,
            directory=workshop.state / "processing",
            s3=workshop.s3,
            aws_environment=workshop.aws,
        )

    def work_of(self, record: Record) -> Work:
        """Run the job."""
        return lambda: self._runner.run(dict(record.request), record.arn)

    def stop(self, name: str) -> None:
        """Ask the job's processes to end."""
        self._runner.stop(name)
