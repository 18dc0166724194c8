"""What the container does: make a baseline, look at what was captured since, or compare two variants."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from monitor.comparison.comparing import compare
from monitor.folders import Folders
from monitor.running import run
from monitor.settings import SettingsError
from monitor.start import make_baseline

_MESSAGE_LENGTH = 1024


def main(arguments: Sequence[str]) -> int:
    """Run a command; the exit code. The last line says what came of it, and the job shows it as its exit message."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    folders = Folders(base, os.environ)
    commands: Mapping[str, Callable[[Folders], str]] = {"baseline": make_baseline, "run": run, "compare": compare}
    name = arguments[0] if arguments else "run"
    if name not in commands or len(arguments) > 1:
        return _ended(base, f"one argument is expected, {' or '.join(commands)}, got: {' '.join(arguments)}", 2)
    try:
        return _ended(base, commands[name](folders), 0)
    except (SettingsError, FileNotFoundError) as error:
        return _ended(base, str(error), 1)


def _ended(base: Path, message: str, code: int) -> int:
    print(message, file=sys.stderr if code else sys.stdout)
    folder = base / "output"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "message").write_text(message[:_MESSAGE_LENGTH])
    return code
