"""``python -m demo``: from nothing to an invoked model, and a table that tells the story."""

import argparse
import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

from rich.console import Console

from demo import steps
from demo.account import Account
from demo.cdk_cli import CdkCli
from demo.failure import DemoFailure
from demo.interview import all_questions, interview
from demo.progress import Progress
from demo.summary import Summary, show_in
from emulator import launcher
from emulator.launcher import EmulatorError

DEFAULT_STATE = launcher.PROJECT / ".emulator" / "demo"


def main() -> int:
    """Run all steps; 0, or 1 with the reason on the last line."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument(
        "--state", type=Path, default=DEFAULT_STATE, help="folder of the emulator's state, emptied first"
    )
    parser.add_argument("--environment", default="dev", help="name of the file in config/ that is deployed")
    parser.add_argument("--failure", type=Path, help="file that is given the reason of a failure")
    parser.add_argument("--transcript", type=Path, help="page that is given the results, where it shows them")
    arguments = parser.parse_args()
    state = arguments.state.resolve()
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        summary = run(console, state, arguments.environment)
    except (DemoFailure, EmulatorError) as error:
        if arguments.failure:
            arguments.failure.write_text(f"The demo stopped: {error}")
        else:
            console.print(f"[red]The demo stopped:[/] {error}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(EmulatorError):
            launcher.attach(state).stop()
        console.print("The demo was interrupted; the emulator is stopped. Run make demo again.")
        return 130
    summary.print(console)
    if arguments.transcript:
        show_in(arguments.transcript, summary.shortened())
    return 0


def run(console: Console, state: Path, environment: str) -> Summary:
    """The steps in their order, from an empty account; the emulator is stopped at the end, however it ends."""
    journal = state / "step-in-hand"
    settings = steps.configured(environment)
    _forget_last_run(console, state, journal)
    state.mkdir(parents=True)
    progress = Progress(console, journal)
    with progress.step("start the embedded AWS"):
        emulator = launcher.start(state, account=settings.account, region=settings.region)
    with emulator:
        console.print(f"  [dim]{emulator.address}, logs and state in {_short(state)}[/]")
        account = Account(emulator)
        cdk = CdkCli(
            executable=launcher.PROJECT / "node_modules" / ".bin" / "cdk",
            environment=_environment(emulator),
            logs=state,
            alive=lambda: _runs(state),
        )
        with progress.step("cdk bootstrap"):
            steps.bootstrap(cdk, emulator)
        with progress.step("cdk deploy: image, foundation, training, every way of serving"):
            steps.deploy(cdk, progress, state / "cdk.out", environment)
        with progress.step("ask every endpoint"):
            answered = interview(account, all_questions(), steps.held_out(account), progress)
        with progress.step("write the report"):
            report = steps.report(account, state / "report")
        return Summary(
            stacks=steps.stacks(account),
            trained=steps.trained(account),
            answered=answered,
            timings=progress.timings,
            state=_short(state),
            report=report and _short(report),
        )


def _forget_last_run(console: Console, state: Path, journal: Path) -> None:
    """Every demo starts from an empty account; one that is running is left alone."""
    if not state.exists():
        return
    try:
        running = launcher.attach(state)
    except EmulatorError:
        if journal.exists():
            console.print(f"[yellow]The last run was cut short at: {journal.read_text()}. Starting from empty.[/]")
        shutil.rmtree(state)
        return
    raise EmulatorError(
        f"an emulator is running in {_short(state)} since {running.started} (pid {running.pid}, {running.address}), "
        "from another make demo or from make emulator. Wait for it, or stop it with: make emulator-stop"
    )


def _environment(emulator: launcher.RunningEmulator) -> dict[str, str]:
    programs = (Path(sys.executable).parent, launcher.PROJECT / "node_modules" / ".bin")
    return {
        **emulator.environment(os.environ),
        "PATH": os.pathsep.join([*map(str, programs), os.environ.get("PATH", "")]),
        "CDK_VALIDATION": "false",
    }


def _runs(state: Path) -> bool:
    try:
        launcher.attach(state)
    except EmulatorError:
        return False
    return True


def _short(path: Path) -> Path:
    return path.relative_to(launcher.PROJECT) if path.is_relative_to(launcher.PROJECT) else path


if __name__ == "__main__":
    sys.exit(main())
