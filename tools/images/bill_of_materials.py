"""What is in an image: two CycloneDX documents, of Python's packages and of Debian's, and a list of licences."""

import json
import sys
from pathlib import Path
from typing import Any

from tools.images.commands import run


def write_bill_of_materials(root: Path, results: Path, log: Path) -> tuple[int, int]:
    """Write `python.cdx.json`, `debian.cdx.json` and `licences.tsv`; returns how many packages of each there are.

    Raises CommandError.
    """
    tools = Path(sys.executable).parent
    python, debian = results / "python.cdx.json", results / "debian.cdx.json"
    # The tool asks an interpreter for its path. The image's own would name the places inside of the image.
    interpreter = results / "interpreter"
    packages = next((root / "opt" / "venv" / "lib").glob("python3.*/site-packages"))
    interpreter.write_text(f"#!/bin/sh\necho '{json.dumps([str(packages)])}'\n")
    interpreter.chmod(0o755)
    options = ["--output-reproducible", "--output-format", "JSON", "--output-file", python]
    run([tools / "cyclonedx-py", "environment", interpreter, *options], log)
    interpreter.unlink()
    described = ["--distro-name", "debian", "--with-licenses", "--sbom-type", "cdx"]
    run([tools / "debsbom", "generate", "--root", root, *described, "--out", results / "debian"], log)
    found = [(kind, _components(file)) for kind, file in (("python", python), ("debian", debian))]
    rows = sorted({(kind, part["name"], part["version"], _licences(part)) for kind, parts in found for part in parts})
    lines = ["\t".join(row) for row in (("kind", "package", "version", "licences"), *rows)]
    (results / "licences.tsv").write_text("\n".join(lines) + "\n")
    return len(found[0][1]), len(found[1][1])


def _components(file: Path) -> list[Any]:
    return [part for part in json.loads(file.read_text())["components"] if "version" in part]


def _licences(part: Any) -> str:
    stated = [
        each.get("expression") or each["license"].get("id") or each["license"]["name"]
        for each in part.get("licenses", [])
    ]
    return "; ".join(sorted(set(stated))) or "not stated"
