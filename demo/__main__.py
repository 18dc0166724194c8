"""``python -m demo``: from nothing to an invoked model, and a table that tells the story."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from demo import steps
from demo.account import Account
from demo.interview import all_questions, interview
from demo.progress import Progress
from demo.scene import command_line, forget_last_run, play, short
from demo.summary import Summary, show_in
from emulator import launcher

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

    def show(console: Console, state: Path) -> None:
        summary = run(console, state, arguments.environment)
        summary.print(console)
        if arguments.transcript:
            show_in(arguments.transcript, summary.shortened())

    return play(show, state=arguments.state.resolve(), failure=arguments.failure, command="make demo")


def run(console: Console, state: Path, environment: str) -> Summary:
    """The steps in their order, from an empty account; the emulator is stopped at the end, however it ends."""
    journal = state / "step-in-hand"
    settings = steps.configured(environment)
    forget_last_run(console, state, journal)
    progress = Progress(console, journal)
    with progress.step("start the embedded AWS"):
        emulator = launcher.start(state, account=settings.account, region=settings.region)
    with emulator:
        console.print(f"  [dim]{emulator.address}, logs and state in {short(state)}[/]")
        account = Account(emulator)
        cdk = command_line(emulator, state)
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
            state=short(state),
            report=report and short(report),
        )


if __name__ == "__main__":
    sys.exit(main())
