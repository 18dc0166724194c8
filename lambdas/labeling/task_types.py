"""The built-in task types: one row each in ``task_types.json``, which constructs and emulator read too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

AnswerForm = Literal["class", "classes", "boxes", "spans", "mask", "sequence", "cuboids", "points"]


@dataclass(frozen=True)
class TaskType:
    """A built-in task type, ``name`` as in AWS's functions ``PRE-<name>`` and ``ACS-<name>``.

    ``type`` is what metadata say after ``groundtruth/``, ``answer`` the form of a worker's answer, and ``labels`` the
    fewest categories. A ``reference`` is a label that points to an object of S3, whose attribute ends in ``-ref``.
    ``audits`` says that workers look at labels which are there already, and ``ui`` names AWS's own page for workers.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-task-types.html
    """

    name: str
    type: str
    answer: AnswerForm
    labels: int = 1
    reference: bool = False
    audits: bool = False
    ui: str = ""


_ROWS = json.loads(Path(__file__).with_name("task_types.json").read_text(encoding="utf-8"))

TASK_TYPES: Mapping[str, TaskType] = {row["name"]: TaskType(**row) for row in _ROWS}
"""All of them by name."""
