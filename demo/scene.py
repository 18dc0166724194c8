"""What every demo stands on: an empty account, the command line of the CDK, and a reason when it ends early."""

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from demo.cdk_cli import CdkCli
from demo.failure import DemoFailure
from emulator import launcher
from emulator.launcher import EmulatorError, RunningEmulator


def play(show: Callable[[Console, Path], None], *, state: Path, failure: Path | None, command: str) -> int:
    """Run ``show``, the demo that ``command`` starts; 0, or 1 with the reason on the last line, or in ``failure``."""
    console = Console(highlight=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        show(console, state)
    except (DemoFailure, EmulatorError) as error:
        if failure:
            failure.write_text(f"The demo stopped: {error}")
        else:
            console.print(f"[red]The demo stopped:[/] {error}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(EmulatorError):
            launcher.attach(state).stop()
        console.print(f"The demo was interrupted; the emulator is stopped. Run {command} again.")
        return 130
    return 0


def forget_last_run(console: Console, state: Path, journal: Path) -> None:
    """Every demo starts from an empty account, in a folder of its own; one that is running is left alone."""
    if state.exists():
        try:
            running = launcher.attach(state)
        except EmulatorError:
            if journal.exists():
                cut = journal.read_text()
                console.print(f"[yellow]The last run was cut short at: {cut}. Starting from empty.[/]")
            shutil.rmtree(state)
        else:
            raise EmulatorError(
                f"an emulator is running in {short(state)} since {running.started} (pid {running.pid}, "
                f"{running.address}), from another make demo or from make emulator. Wait for it, or stop it with: "
                "make emulator-stop"
            )
    state.mkdir(parents=True)


def command_line(emulator: RunningEmulator, state: Path) -> CdkCli:
    """The CDK's own, pointed at ``emulator``; its logs are in ``state``."""
    programs = (Path(sys.executable).parent, launcher.PROJECT / "node_modules" / ".bin")
    environment = {
        **emulator.environment(os.environ),
        "PATH": os.pathsep.join([*map(str, programs), os.environ.get("PATH", "")]),
        "CDK_VALIDATION": "false",
    }
    return CdkCli(
        executable=launcher.PROJECT / "node_modules" / ".bin" / "cdk",
        environment=environment,
        logs=state,
        alive=lambda: _runs(state),
    )


def short(path: Path) -> Path:
    """A path within the project, without the project's own."""
    return path.relative_to(launcher.PROJECT) if path.is_relative_to(launcher.PROJECT) else path


def _runs(state: Path) -> bool:
    try:
        launcher.attach(state)
    except EmulatorError:
        return False
    return True
