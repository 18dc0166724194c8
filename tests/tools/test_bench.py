"""The comparison of serving processes: its figures, its report, and what it is made of."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.contenders import PEERS
from bench.load import Load
from bench.processes import TICK, cpu_seconds, resident_megabytes
from bench.report import Results, report
from conformance.container import Container

BUSY = "import os, time\nchild = os.fork()\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"
LOCKS = sorted(PEERS.glob("*/requirements.txt"))


def load(cpu: float) -> Load:
    return Load(connections=16, requests=100, failures=0, per_second=1e6 / cpu, cpu=cpu, p50=1, p99=2)


def test_the_report_puts_every_server_beside_ours() -> None:
    results = Results(machine="2 cores", versions={"ours": "granian 2", "other": "flask 3"})
    results.floors["linear"] = {"csv": 10.0, "json": 8.0}
    results.loads["linear", "ours"] = {"csv": [load(50)], "json": [load(40)]}
    results.loads["linear", "other"] = {"csv": [load(2000)]}
    results.contract = {"ours": {"it pings": True}, "other": {"it pings": False}}
    text = report(results, "2026-01-02", ours="ours")
    assert "| ours | 16 | 20,000 | 0.00 | 0.00 | 50.0 | 1.00 |" in text
    assert "| other | 16 | 500 | 0.00 | 0.00 | 2,000.0 | 40.00 |" in text
    assert "| in process, no server | | | | | 10.0 | 0.20 |" in text
    assert "| **together** | 1 of 1 | 0 of 1 |" in text
    assert [each["server"] for each in results.document()["loads"]] == ["ours", "ours", "other"]


def test_cpu_and_memory_are_those_of_all_processes() -> None:
    script = f"{BUSY}os.write(1, b'done\\n')\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        container = Container(process, 0, "/ping")  # pyright: ignore[reportArgumentType]
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["done\n", "done\n"]
        time.sleep(2 / TICK)
        try:
            assert len(container.processes()) == 2
            assert cpu_seconds(container) >= 0.6 - 4 / TICK
            assert resident_megabytes(container) > 5
        finally:
            for pid in reversed(container.processes()):
                subprocess.run(["kill", "-9", str(pid)], check=True)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_every_peer_is_pinned_with_hashes(lock: Path) -> None:
    pinned = [line for line in lock.read_text().splitlines() if "==" in line]
    assert pinned
    assert all(line.endswith("\\") for line in pinned)
    assert lock.read_text().count("--hash=sha256:") >= len(pinned)
    wished = (lock.parent / "requirements.in").read_text().split()
    named = {line.partition("==")[0] for line in pinned}
    assert {wish.partition("==")[0] for wish in wished} <= named


def test_what_is_missing_is_named() -> None:
    script = "import sys, bench.__main__ as main; main.NEEDED = {'no-such': 'some-package'}; sys.exit(main.main())"
    command = [sys.executable, "-c", script, "--python", sys.executable]
    done = subprocess.run(
        command, env={"PYTHONPATH": "benchmarks", "PATH": "/usr/bin"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "make bench needs some-package: apt-get install some-package\n"
