"""The JSON files that SageMaker writes for a job."""

import json
from pathlib import Path
from typing import Any, cast

from jobs.errors import JobError


def read_document(path: Path) -> dict[str, Any]:
    """The object in a file, empty without the file. Raises JobError when it is no JSON object."""
    if not path.is_file():
        return {}
    try:
        document: Any = json.loads(path.read_text())
    except ValueError as error:
        raise JobError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise JobError(f"{path.name} must hold a JSON object")
    return cast("dict[str, Any]", document)
