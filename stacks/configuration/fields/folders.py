"""Folders of the project that settings name."""

from typing import Annotated

from sagemaker_constructs.core.problems import Problem, is_token
from stacks.configuration.faults import shown
from stacks.configuration.fields.kit import matching
from stacks.configuration.section import Surroundings
from stacks.configuration.words import choice

ImageFolder = Annotated[
    str,
    matching(
        r"^containers/[a-z0-9][a-z0-9_-]*$",
        "a folder directly below containers/ that holds a Dockerfile, such as containers/tabular",
    ),
]
ModelFolder = Annotated[
    str,
    matching(
        r"^models/[a-z0-9][a-z0-9_-]*$",
        "a folder directly below models/ that holds code/inference.py, such as models/named-fields",
    ),
]


def folder_problem(path: str, folder: str, around: Surroundings, *, holds: str) -> Problem | None:
    """Rule: `folder` is one of those beside it that hold the file `holds`."""
    parent = folder.partition("/")[0]
    if is_token(folder) or (around.project / folder / holds).is_file():
        return None
    depth = holds.count("/")
    found = sorted((around.project / parent).glob(f"*/{holds}"))
    folders = [f"{parent}/{file.parents[depth].name}" for file in found]
    options = choice(folder, folders) or f"none yet, {parent}/ has no folder with {_a(holds)}"
    return Problem(path, f"{shown(folder)} is not a folder with {_a(holds)}; allowed: {options}")


def _a(file: str) -> str:
    return file if "/" in file else f"a {file}"
