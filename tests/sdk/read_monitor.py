"""Reads the files of a monitor with the SageMaker Python SDK's classes: the folder is the argument.

Runs in an environment of its own (``tools/sdk/requirements.txt``), without credentials and without a network.
"""

import json
import sys
from pathlib import Path

from sagemaker.core.model_monitor.monitoring_files import Constraints, ConstraintViolations, Statistics


def refuse(name: str) -> float:
    """What JSON lacks is refused, as its standard does."""
    raise ValueError(name)


def main(folder: Path) -> None:
    """Print what was read."""
    found: dict[str, object] = {}
    for kind, name in (
        (Statistics, "statistics.json"),
        (Constraints, "constraints.json"),
        (ConstraintViolations, "constraint_violations.json"),
    ):
        body = json.loads((folder / name).read_text(), parse_constant=refuse)
        read = kind(body, f"s3://bucket/{name}")
        if isinstance(read, Constraints):
            read.set_monitoring(False, "age")
            read.set_monitoring(False)
        found[name] = read.body_dict
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
