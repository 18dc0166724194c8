"""Runs of Glue's Spark jobs, as processes of the environment that `make spark` makes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENVIRONMENT = Path(__file__).resolve().parents[3] / ".venv-spark"
NOT_SET_UP = "Spark is not set up here. Set it up with: make spark"
_PROGRAM = Path(__file__).parent / "program" / "run_script.py"
_LONGEST_REASON = 2_000
_MINUTE = 60


@dataclass(frozen=True)
class SparkRuns:
    """Runs scripts, each as a process.

    Args:
        aws: The variables by which a process reaches the emulator.
        environment: Folder of the environment.
    """

    aws: Mapping[str, str]
    environment: Path = ENVIRONMENT

    def carry_out(
        self, run: dict[str, Any], job: Mapping[str, Any], arguments: Mapping[str, Any], script: str
    ) -> None:
        """Run a script to its end, and write into `run` how it ended."""
        python = self.environment / "bin" / "python"
        if not python.exists():
            run.update(JobRunState="FAILED", ErrorMessage=NOT_SET_UP)
            return
        told = {"--JOB_NAME": run["JobName"], "--JOB_RUN_ID": run["Id"], **arguments}
        words = [word for name, value in told.items() for word in (str(name), str(value))]
        try:
            done = subprocess.run(
                [str(python), str(_PROGRAM), script, *words],
                env={**_variables(), **self.aws},
                capture_output=True,
                text=True,
                check=False,
                timeout=float(job.get("Timeout") or 2_880) * _MINUTE,
            )
        except subprocess.TimeoutExpired:
            run.update(JobRunState="TIMEOUT", ErrorMessage="The run took longer than its timeout.")
            return
        if done.returncode == 0:
            run["JobRunState"] = "SUCCEEDED"
            return
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1] if lines else f"exit code {done.returncode}"
        run.update(JobRunState="FAILED", ErrorMessage=reason[:_LONGEST_REASON])


def _variables() -> dict[str, str]:
    """What a process needs of this one's environment."""
    return {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
