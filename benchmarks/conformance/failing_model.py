"""A model of containers/tabular that loads and fails to answer."""

import hashlib
import json
from pathlib import Path


def break_answers(model: Path) -> None:
    """Change an artifact so that its scores are no probabilities, and its checksum with it."""
    trees = (model / "model.txt").read_text().replace("objective=binary sigmoid:1", "objective=regression")
    (model / "model.txt").write_text(trees)
    described = json.loads((model / "model.json").read_text())
    described["model_sha256"] = hashlib.sha256(trees.encode()).hexdigest()
    (model / "model.json").write_text(json.dumps(described))
