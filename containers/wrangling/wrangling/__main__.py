"""Entry point of the image: one flow per start, by the arguments of AWS's own container, or `process SCRIPT`."""

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from jobs.ending import run_job, shortened
from jobs.errors import JobError
from jobs.paths import SageMakerPaths
from jobs.processing import run_processing
from jobs.processing_job import ProcessingJob
from wrangling.run import run_flow


class Options(argparse.ArgumentParser):
    """Arguments whose mistakes are a JobError."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise JobError(message)


def main(arguments: Sequence[str]) -> int:
    """Run the flow of this job; the exit code. What fails, and what was written, is told in `output/message`.

    After `process`, it is a script as in other images: one of the user's, or one that they all bring along.
    """
    if arguments[:1] == ["process"]:
        return run_processing(arguments[1:], _no_model)
    paths = SageMakerPaths.from_environment()

    def work() -> None:
        job = ProcessingJob.read(paths)
        if len(job.resources.hosts) > 1:
            raise JobError(f"a flow runs on one instance here, not {len(job.resources.hosts)}")
        said = run_flow(job, _output_config(arguments))
        job.refuse_links()
        print(said, flush=True)
        paths.message.parent.mkdir(parents=True, exist_ok=True)
        paths.message.write_bytes(shortened(said))

    return run_job(work, paths.message)


def _no_model(folder: Path) -> NoReturn:
    raise JobError(f"this image runs no models, and so not that of {folder}")


def _output_config(arguments: Sequence[str]) -> dict[str, Any]:
    """Which outputs are wanted, by `NODE.OUTPUT`, and how each is written."""
    options = Options(prog="wrangling", add_help=False)
    options.add_argument("--output-config", required=True)
    # What a flow has learned from a sample is learned anew from the data, always.
    options.add_argument("--refit-trained-params")
    # Each argument of a request holds an option and its value in quotes.
    words = [word for argument in arguments for word in shlex.split(argument)]
    try:
        found: Any = json.loads(options.parse_args(words).output_config)
    except ValueError as error:
        raise JobError(f"--output-config is not JSON: {error}") from None
    if not isinstance(found, dict) or not found:
        raise JobError("--output-config must name at least one output")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
