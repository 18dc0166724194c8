"""Batch transform jobs."""

from __future__ import annotations

from emulator.coverage import Coverage
from emulator.jobs.runners import JobRunner, Work, Workshop
from emulator.jobs.transform.runner import TransformRunner
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.models.parts import containers_of

COVERAGE = (
    Coverage(
        "Transform jobs",
        real="the model's own `serve` process, of inference pipelines one per container with answers passed on;"
        " `/execution-parameters`; prefixes and manifests, gzip, lines, strategies, payload and concurrency,"
        " filters and joins, stop, failure reason",
        recorded="instance types and counts, VPC, KMS keys",
        refused="AWS-owned images, directly called containers, multi-model containers, RecordIO and TFRecord, data"
        " capture",
    ),
)


class Runner(JobRunner):
    """Runs jobs of the kind `TransformJob`."""

    def __init__(self, workshop: Workshop) -> None:
        self._records = workshop.records
        self._runner = TransformRunner(images=workshop.images, directory=workshop.state / "transform", s3=workshop.s3)

    def work_of(self, record: Record) -> Work:
        """Run the job with the model that there is now."""
        found = self._records.find("Model", str(record.request["ModelName"]))
        # Taken now: the model may be deleted once the job has started.
        model = {**found.request, "Containers": containers_of(found)} if found else {}
        return lambda: self._runner.run(dict(record.request), model)

    def stop(self, name: str) -> None:
        """Ask the job's processes to end."""
        self._runner.stop(name)
