"""Each app of the comparison in a fresh process, and what one run of it took."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from bench.environments import python_of

BENCHMARKS = Path(__file__).resolve().parents[1]
PROJECT = BENCHMARKS.parent
APPS = BENCHMARKS / "synth" / "apps"
ALPHA = BENCHMARKS / "peers" / "sagemaker_alpha"

Mode = Literal["time", "count"]


@dataclass(frozen=True)
class Run:
    """CPU is that of Python and its Node processes from start to end; memory is the sum of their peaks."""

    cpu: float
    wall: float
    megabytes: float
    resources: int
    crossings: tuple[Mapping[str, Any], ...]

    @property
    def calls(self) -> int:
        """Requests from Python to Node; none where they were not counted."""
        return sum(crossing["count"] for crossing in self.crossings)


@dataclass(frozen=True)
class Phase:
    """A part of an app's run, with the CPU seconds of its two processes."""

    name: str
    python: float
    node: float


def ours(count: int, *, mode: Mode, outdir: Path) -> Run:
    """Endpoints through our construct."""
    return run(APPS / "endpoints.py", [str(count)], mode=mode, outdir=outdir)


def fleet(count: int, *, stacks: int, mode: Mode, outdir: Path) -> Run:
    """A fleet of so many endpoints."""
    return run(APPS / "fleet.py", [str(count), str(stacks)], mode=mode, outdir=outdir)


def replay(assembly: Path, *, mode: Mode, outdir: Path) -> Run:
    """The templates of ``assembly`` as generic resources. Raises SystemExit where they differ from the original."""
    return _replayed("replay.py", assembly, mode=mode, outdir=outdir)


def alpha(count: int, *, mode: Mode, outdir: Path) -> Run:
    """Endpoints through the alpha L2, from an environment of its own."""
    python = python_of(ALPHA / "requirements.txt", BENCHMARKS / ".environments")
    return run(ALPHA / "app.py", [str(count)], mode=mode, outdir=outdir, python=python)


def empty(*, mode: Mode, outdir: Path) -> Run:
    """One stack with nothing in it."""
    return run(APPS / "empty.py", [], mode=mode, outdir=outdir)


def platform(*, mode: Mode, outdir: Path) -> Run:
    """The reference platform with config/dev.yaml."""
    return run(PROJECT / "app.py", [], mode=mode, outdir=outdir)


def platform_replay(assembly: Path, *, mode: Mode, outdir: Path) -> Run:
    """Stage, stacks, templates and assets of ``assembly``, as generic resources. Raises SystemExit as ``replay``."""
    return _replayed("platform_replay.py", assembly, mode=mode, outdir=outdir)


def phases(folder: Path) -> list[Phase]:
    """What each phase of the dev platform takes of CPU, in order."""
    marks = folder / "marks.json"
    run(APPS / "phases.py", [str(marks)], mode="time", outdir=folder / "phases")
    found: list[Phase] = []
    python = node = 0.0
    for name, python_until, node_until in json.loads(marks.read_text()):
        found.append(Phase(name, python_until - python, node_until - node))
        python, node = python_until, node_until
    return found


def _replayed(app: str, assembly: Path, *, mode: Mode, outdir: Path) -> Run:
    found = run(APPS / app, [str(assembly)], mode=mode, outdir=outdir)
    if templates(outdir) != templates(assembly):
        raise SystemExit(f"the replay of {assembly} gives other templates: {outdir}")
    return found


def run(app: Path, arguments: Sequence[str], *, mode: Mode, outdir: Path, python: Path = Path(sys.executable)) -> Run:
    """One app in a process of its own. Raises CalledProcessError when it fails."""
    with TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        command = [str(python), "-m", "synth.measured", str(figures), mode, str(app), *arguments]
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=PROJECT, env=_environment(outdir))
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        found = json.loads(figures.read_text())
    cpu = used.ru_utime + used.ru_stime
    # Python waits for Node when it ends, or gives up on it after five seconds: then its time would be missing.
    if found["processes"] != 3 or cpu < found["cpu"]:
        raise SystemExit(f"{app.name}: the time of jsii's process is not in what was measured")
    resources = sum(len(template.get("Resources", {})) for template in templates(outdir).values())
    return Run(cpu, wall, found["megabytes"], resources, tuple(found["crossings"]))


def templates(assembly: Path) -> dict[str, Any]:
    """Every template below ``assembly``, by its place there."""
    paths = sorted(assembly.rglob("*.template.json"))
    return {str(path.relative_to(assembly)): json.loads(path.read_text()) for path in paths}


def _environment(outdir: Path) -> dict[str, str]:
    """What the CDK command line would hand to the app, without its own validation of templates."""
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]
    return {
        **os.environ,
        "CDK_VALIDATION": "false",
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps(context),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "PYTHONPATH": os.pathsep.join(map(str, (PROJECT / "constructs", BENCHMARKS))),
    }
