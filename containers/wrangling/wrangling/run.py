"""Runs a flow to the outputs that a job names."""

from collections.abc import Mapping
from typing import Any

from jobs.errors import JobError
from jobs.processing_job import ProcessingJob
from wrangling.files import read_source, write
from wrangling.flow import Flow
from wrangling.frames import Frame
from wrangling.operators import operation_of

_SOURCE = "sagemaker.s3_source_0.1"


def run_flow(job: ProcessingJob, output_config: Mapping[str, Mapping[str, Any]]) -> str:
    """Write every output of `output_config`; what was written, in a line.

    Nothing is read or written unless all operators run here, with their parameters. Raises JobError otherwise.
    """
    wanted = [_place(each) for each in output_config]
    steps = Flow.read(job.folder / "flow").steps([node for node, _ in wanted])
    operations = {each.name: operation_of(each) for each in steps if each.operator != _SOURCE}
    done: dict[str, Mapping[str, Frame]] = {}
    for step in steps:
        if step.operator == _SOURCE:
            done[step.name] = {"default": read_source(step, job)}
        else:
            frames = [_output(done, node, output) for node, output in step.inputs]
            try:
                done[step.name] = operations[step.name](frames)
            except JobError as error:
                raise JobError(f"{step.words}: {error}") from None
    folder = job.folder / "output" / job.name
    told: list[str] = []
    for (node, output), config in zip(wanted, output_config.values(), strict=True):
        frame = _output(done, node, output)
        write(frame, folder / node / output, config)
        told.append(f"{len(frame)} rows with {len(frame.columns)} columns of {node}.{output}")
    return f"wrote {' and '.join(told)}"


def _place(name: str) -> tuple[str, str]:
    node, _, output = name.partition(".")
    return node, output or "default"


def _output(done: Mapping[str, Mapping[str, Frame]], node: str, output: str) -> Frame:
    if output not in done[node]:
        raise JobError(f"node {node} has no output {output}, but {', '.join(done[node])}")
    return done[node][output]
