"""The models that are served, their rows, and what they must answer."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from conformance.failing_model import break_answers

BENCHMARKS = Path(__file__).resolve().parent.parent
MODELS = ("linear", "lightgbm")


@dataclass(frozen=True)
class Models:
    """What `train` has left in a folder."""

    folder: Path
    rows: list[list[float]]
    scores: dict[str, list[float]]

    @classmethod
    def train(cls, folder: Path, python: Path) -> "Models":
        """Train them anew, in the environment of containers/tabular."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        containers = BENCHMARKS.parent / "containers"
        path = ":".join(str(place) for place in (containers / "tabular", containers / "serving", containers / "jobs"))
        command = [python, BENCHMARKS / "served" / "train.py", folder]
        subprocess.run(command, check=True, env={"PYTHONPATH": path, "OMP_NUM_THREADS": "1"})
        for model in MODELS:
            base = folder / model
            if not (base / "model").exists():
                (base / "model").mkdir()
                shutil.copy(base / "model.json", base / "model")
            shutil.copytree(base / "model", base / "models" / "one")
        shutil.copytree(folder / "lightgbm" / "model", folder / "failing" / "model")
        break_answers(folder / "failing" / "model")
        found = json.loads((folder / "rows.json").read_text())
        return cls(folder, found["rows"], found["scores"])

    def csv(self, count: int) -> str:
        """The first rows as CSV."""
        return "\n".join(",".join(map(repr, row)) for row in self.rows[:count])

    def base(self, model: str) -> Path:
        """What is /opt/ml of a container with this model."""
        return self.folder / model

    def pickled(self, model: str) -> Path:
        """The file that the peers load."""
        base = self.base(model)
        return base / "model" / "model.txt" if model == "lightgbm" else base / "model.joblib"
