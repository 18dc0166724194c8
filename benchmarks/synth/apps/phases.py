"""The dev platform as `app.py` makes it, with the CPU of Python and of Node after each phase written to a file."""
# ruff: noqa: E402 - most objects are made by imports

import gc
import json
import sys
import time
from pathlib import Path

gc.disable()

from synth.measured import node_seconds

MARKS: list[tuple[str, float, float]] = []


def mark(phase: str) -> None:
    """Note what was used up to the end of ``phase``."""
    MARKS.append((phase, time.process_time(), node_seconds()))


PROJECT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT))
import aws_cdk as cdk

mark("starts, and aws_cdk is imported")
from stacks.settings import load_settings
from stacks.stage import Platform

mark("library and platform are imported")
settings = load_settings(PROJECT / "config" / "dev.yaml")
mark("the configuration is read")
app = cdk.App()
mark("the app is made")
Platform(app, settings.environment, settings=settings)
mark("the stacks are made")
app.synth()
mark("templates and assets are written")
Path(sys.argv[1]).write_text(json.dumps(MARKS))
gc.freeze()
