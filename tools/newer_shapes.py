"""`python -m tools.newer_shapes` writes the shapes of pipelines that are younger than MiniStack's botocore.

The embedded AWS validates by the botocore that MiniStack pins. What the project's own botocore has beyond it for the
operations on pipelines is laid over that model, by botocore's own way of extending models.
"""

import gzip
import json
from pathlib import Path
from typing import Any, cast

import botocore

TARGET = Path("emulator/shapes/newer/sagemaker/2017-07-24/service-2.sdk-extras.json")
_MODEL = "data/sagemaker/2017-07-24/service-2.json.gz"
_PINNED = Path(".venv-emulator/lib/python3.11/site-packages/botocore")


def newer_text() -> str:
    """The content of the file."""
    ours, pinned = _model(Path(botocore.__file__).parent), _model(_PINNED)
    names = {name for name in ours["operations"] if "Pipeline" in name}
    shapes: set[str] = set()
    for name in names:
        for direction in ("input", "output"):
            if direction in ours["operations"][name]:
                _add(ours["operations"][name][direction]["shape"], ours, shapes)
    changed = {
        name: ours["shapes"][name] for name in sorted(shapes) if ours["shapes"][name] != pinned["shapes"].get(name)
    }
    return json.dumps({"version": 1.0, "merge": {"shapes": changed}}, indent=1) + "\n"


def _model(package: Path) -> dict[str, Any]:
    with gzip.open(package / _MODEL) as file:
        return _without_documentation(json.load(file))


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        parts = cast(dict[str, Any], value)
        return {
            k: _without_documentation(v)
            for k, v in parts.items()
            if not (k == "documentation" and isinstance(v, str))
        }
    if isinstance(value, list):
        return [_without_documentation(item) for item in cast(list[Any], value)]
    return value


def _add(name: str, model: dict[str, Any], found: set[str]) -> None:
    if name in found:
        return
    found.add(name)
    shape = model["shapes"][name]
    members = [
        *shape.get("members", {}).values(),
        *(shape[part] for part in ("member", "key", "value") if part in shape),
    ]
    for member in members:
        _add(member["shape"], model, found)


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(newer_text())
