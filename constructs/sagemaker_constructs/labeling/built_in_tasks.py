"""AWS's built-in labeling tasks: what they are, and where AWS's functions for them are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sagemaker_constructs.core.assets import asset_root
from sagemaker_constructs.core.places import partition
from sagemaker_constructs.core.templates.closed_services import closed_service

CLOSED = closed_service("Ground Truth").words
PUBLIC_ACCOUNT = "394669845002"
"""Where the public work team was, and AWS's own pages for workers are."""


@dataclass(frozen=True)
class BuiltInTask:
    """A row of ``lambdas/labeling/task_types.json``, which is explained in ``lambdas/labeling/task_types.py``."""

    name: str
    type: str
    answer: str
    labels: int = 1
    reference: bool = False
    audits: bool = False
    ui: str = ""

    def function(self, kind: str, region: str) -> str:
        """The ARN of AWS's own function, ``PRE`` or ``ACS``, in a region that has it."""
        return f"arn:{partition()}:lambda:{region}:{_table()['accounts'][region]}:function:{kind}-{self.name}"

    def page(self, region: str) -> str:
        """The ARN of AWS's own page for workers, for tasks that have one."""
        own = _table()["human-task-ui"]
        return f"arn:{partition()}:sagemaker:{region}:{own['account']}:human-task-ui/{self.ui}"

    @property
    def of_texts(self) -> bool:
        """Whether texts are labeled, which a page has without asking the bucket."""
        return self.answer == "spans" or self.name.startswith("Text")

    @property
    def algorithm(self) -> str:
        """AWS's model for automated labeling, by its name; empty where there is none."""
        names: Sequence[str] = _table()["labeling-job-algorithm-specification"]["names"]
        return self.type if self.type in names and not self.audits else ""


def algorithm_arn(name: str, region: str) -> str:
    """The ARN of a model for automated labeling."""
    own = _table()["labeling-job-algorithm-specification"]
    return f"arn:{partition()}:sagemaker:{region}:{own['account']}:labeling-job-algorithm-specification/{name}"


@cache
def built_in_tasks() -> Mapping[str, BuiltInTask]:
    """All of them by name, such as ``ImageMultiClass``."""
    rows = json.loads((asset_root() / "lambdas" / "labeling" / "task_types.json").read_text(encoding="utf-8"))
    return {row["name"]: BuiltInTask(**row) for row in rows}


def labeling_regions() -> Sequence[str]:
    """Where AWS's functions for built-in tasks are."""
    return list(_table()["accounts"])


@cache
def _table() -> Mapping[str, Any]:
    """Written by ``python -m tools.labeling_functions``."""
    return json.loads(Path(__file__).with_name("ground_truth.json").read_text(encoding="utf-8"))
