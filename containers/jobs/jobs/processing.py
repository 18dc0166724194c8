"""Processing under SageMaker's contract: a script of the user's, or one of those that every image brings along."""

import argparse
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from jobs.ending import fail, run_job, shortened
from jobs.errors import JobError
from jobs.paths import SageMakerPaths
from jobs.processing_job import ProcessingJob
from jobs.staging import staged_job

if TYPE_CHECKING:
    # What runs no model needs nothing of it.
    from jobs.scripts.evaluation import EvaluatedModel

BUILT_IN_SCRIPTS = ("preprocess", "evaluate", "drift", "ingest", "training_set")


class Options(argparse.ArgumentParser):
    """Arguments of a script, whose mistakes are a JobError."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise JobError(f"{self.prog}: {message}")


def run_processing(arguments: Sequence[str], load_model: "Callable[[Path], EvaluatedModel]") -> int:
    """Run a script and return its exit code, with the reason of a failure or a script's result in `output/message`.

    The first argument is the path of a `.py` file, one of the built-in scripts; without one the
    single file in `/opt/ml/processing/input/code` is run. The other arguments are the script's own. `load_model`
    loads the model that `evaluate` judges. SIGTERM is handed on to the user's script. Where the job is described by
    the variable `PROCESSING_JOB_CONFIG`, as on AWS Batch, inputs are taken from S3 before and outputs written after.

    https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
    """
    paths = SageMakerPaths.from_environment()
    code = 0

    def work() -> None:
        nonlocal code
        staged = staged_job(paths)
        if staged:
            staged.download()
        job = ProcessingJob.read(paths)
        if arguments and arguments[0] in BUILT_IN_SCRIPTS:
            said = _run_built_in(arguments[0], arguments[1:], job, load_model)
            paths.message.parent.mkdir(parents=True, exist_ok=True)
            paths.message.write_bytes(shortened(said))
        else:
            code = _run_own(_script(arguments, job), arguments[1:], paths.message)
        if code == 0:
            job.refuse_links()
            if staged:
                staged.upload()

    return run_job(work, paths.message) or code


def _run_built_in(
    name: str, arguments: Sequence[str], job: ProcessingJob, load_model: "Callable[[Path], EvaluatedModel]"
) -> str:
    if len(job.resources.hosts) > 1:
        raise JobError(f"{name} looks at all rows together: run it on one instance, not {len(job.resources.hosts)}")
    script: Any = import_module(f"jobs.scripts.{name}")
    options = Options(prog=name, add_help=False)
    script.declare(options)
    said: str = script.run(job, options.parse_args(arguments), load_model)
    print(said, flush=True)
    return said


def _script(arguments: Sequence[str], job: ProcessingJob) -> Path:
    if arguments:
        script = Path(arguments[0])
        if script.suffix != ".py":
            raise JobError(f"'{script}' is neither a .py file nor one of {', '.join(BUILT_IN_SCRIPTS)}")
        # A file that is not where it was said to be is one of the code input, below another base directory.
        script = script if script.is_file() else job.input("code") / script.name
        if not script.is_file():
            raise JobError(f"there is no script {arguments[0]}")
        return script
    found = sorted(job.input("code").glob("*.py"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise JobError(f"say which script to run, or give exactly one .py file as input 'code'; found: {names}")
    return found[0]


def _run_own(script: Path, arguments: Sequence[str], message: Path) -> int:
    process = subprocess.Popen([sys.executable, str(script), *arguments], stderr=subprocess.PIPE)

    def hand_on(number: int, frame: FrameType | None) -> None:
        del frame
        process.send_signal(number)

    signal.signal(signal.SIGTERM, hand_on)
    last_words = ""
    assert process.stderr is not None
    for line in process.stderr:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        last_words = line.decode(errors="replace").strip() or last_words
    code = process.wait()
    code = code if code >= 0 else 128 - code
    # A script that has told its own reason knows it better.
    if code and not message.is_file():
        fail(f"{script.name} ended with exit code {code}: {last_words}".rstrip(": "), message)
    return code
