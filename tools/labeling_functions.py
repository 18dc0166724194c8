"""`python -m tools.labeling_functions` writes where AWS's functions for built-in labeling tasks are, by region.

They stand in botocore's description of `CreateLabelingJob`, and nowhere that a program could ask.
"""

import json
import re
from pathlib import Path
from typing import Any, cast

import botocore

from sagemaker_constructs.core.service_model import service_model

TARGET = Path("constructs/sagemaker_constructs/labeling/ground_truth.json")
_FUNCTION = re.compile(r"arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:(PRE|ACS)-(\w+)")
_OTHERS = re.compile(r":(\d{12}):(human-task-ui|labeling-job-algorithm-specification)/([\w-]+)")


def table_text() -> str:
    """The content of the file."""
    request: Any = cast(Any, service_model()).operation_model("CreateLabelingJob").input_shape
    human = request.members["HumanTaskConfig"].members
    after = human["AnnotationConsolidationConfig"].members["AnnotationConsolidationLambdaArn"]
    algorithm = request.members["LabelingJobAlgorithmsConfig"].members["LabelingJobAlgorithmSpecificationArn"]
    ui = human["UiConfig"].members["HumanTaskUiArn"]
    before = human["PreHumanTaskLambdaArn"]
    accounts: dict[str, str] = {}
    functions: dict[str, set[str]] = {"PRE": set(), "ACS": set()}
    for region, account, kind, name in _FUNCTION.findall(before.documentation + after.documentation):
        if accounts.setdefault(region, account) != account:
            raise ValueError(f"functions of {region} are in two accounts")
        functions[kind].add(name)
    if functions["PRE"] != functions["ACS"]:
        raise ValueError(f"only before or only after: {functions['PRE'] ^ functions['ACS']}")
    others: dict[str, dict[str, list[str]]] = {}
    for account, kind, name in _OTHERS.findall(ui.documentation + algorithm.documentation):
        names = others.setdefault(kind, {}).setdefault(account, [])
        if name not in names:
            names.append(name)
    table = {
        "source": f"botocore {botocore.__version__}",
        "accounts": dict(sorted(accounts.items())),
        "functions": sorted(functions["PRE"]),
        **{kind: {"account": account, "names": sorted(names)} for kind, [(account, names)] in _single(others)},
    }
    return json.dumps(table, indent=2) + "\n"


def _single(others: dict[str, dict[str, list[str]]]) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    return [(kind, list(accounts.items())) for kind, accounts in sorted(others.items())]


if __name__ == "__main__":
    TARGET.write_text(table_text(), encoding="utf-8")
