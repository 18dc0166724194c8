"""What is compared, and how each contender is run."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).resolve().parent.parent
CONTAINERS = BENCHMARKS.parent / "containers"
_CLOCK = BENCHMARKS / "automl" / "on_cpu_time.py"


@dataclass(frozen=True)
class DataSet:
    """One of scikit-learn's data sets, what is learned of it, and how near to FLAML we have to be."""

    name: str
    objective: str

    @property
    def metric(self) -> str:
        """By which both are judged."""
        return "r2" if self.objective == "regression" else "auc"

    @property
    def tolerance(self) -> float:
        """How much worse than FLAML the issue allows."""
        return 0.01 if self.objective == "regression" else 0.005


DATA_SETS = (
    DataSet("breast_cancer", "binary"),
    DataSet("wine", "multiclass"),
    DataSet("digits", "multiclass"),
    DataSet("diabetes", "regression"),
    DataSet("friedman", "regression"),
)


@dataclass(frozen=True)
class Outcome:
    """The score over rows that no search has seen, the kind of model that won, and the CPU of the whole process."""

    score: float
    winner: str
    cpu: float


def prepare(image: Path, data: DataSet, folder: Path) -> None:
    """Write the rows."""
    program = BENCHMARKS / "automl" / "data.py"
    subprocess.run([image, program, data.name, data.objective, folder], check=True)


def ours(image: Path, data: DataSet, folder: Path, seconds: int) -> Outcome:
    """The tabular image's role ``automl``."""
    base = folder / "ml"
    (base / "input" / "config").mkdir(parents=True)
    (base / "input" / "data").mkdir()
    for channel, part in (("train", "train"), ("validation", "test")):
        (base / "input" / "data" / channel).symlink_to(folder / part)
    given = {
        "label": "label",
        "objective": data.objective,
        "max_runtime_seconds": str(seconds),
        "max_candidates": "750",
    }
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(given))
    path = os.pathsep.join(str(CONTAINERS / each) for each in ("tabular", "serving", "jobs"))
    cpu = _run([image, _CLOCK, "tabular", "automl"], PYTHONPATH=path, SAGEMAKER_BASE_DIR=str(base))[1]
    metrics = json.loads((base / "output" / "data" / "metrics.json").read_text())
    described = json.loads((base / "model" / "model.json").read_text())
    return Outcome(metrics[f"validation:{data.metric}"], described["hyperparameters"]["learner"], cpu)


def flaml(python: Path, data: DataSet, folder: Path, seconds: int) -> Outcome:
    """FLAML, with its own choice of learners."""
    program = BENCHMARKS / "peers" / "flaml" / "search.py"
    said, cpu = _run([python, _CLOCK, program, folder, data.objective, str(seconds)])
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return Outcome(found["score"], found["winner"], cpu)


def _run(command: list[Path | str], **environment: str) -> tuple[str, float]:
    """What the process prints, and its CPU. Raises RuntimeError with its last words when it fails."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        command,
        env={**os.environ, **threads, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{command} failed:\n{said[-2000:]}")
    return said, used.ru_utime + used.ru_stime
