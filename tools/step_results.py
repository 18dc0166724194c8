"""`python -m tools.step_results` writes what type checkers and editors see of the results of steps."""

import keyword
import subprocess
import sys
from pathlib import Path

from sagemaker_constructs.core.pipeline_definitions.results import ResultNode, result_of
from sagemaker_constructs.core.pipeline_definitions.step_types import STEP_TYPES

TARGET = Path("constructs/sagemaker_constructs/pipelines/references/step_results.pyi")
_HEAD = '''\
"""Written by `make schema` from botocore's model: the members of each result, completed and checked by editors.

At run time each of these is a `StepResult`.
"""

from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar, overload

from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.step_result import StepResult

Entry = TypeVar("Entry", bound=Expression)
OutputType = Literal["String", "Integer", "Float", "Boolean"]

class ResultEntries(Expression, Generic[Entry]):
    def __getitem__(self, key: str | int) -> Entry: ...
'''

_REST = """\
def output_parameters(outputs: Mapping[str, OutputType]) -> list[dict[str, str]]: ...

def outputs_of_step(step: str, parameters: list[dict[str, str]]) -> StepResult: ...
"""


class _Stub:
    """The classes of the shapes that were met."""

    def __init__(self) -> None:
        self.classes: dict[str, list[str]] = {}

    def type_of(self, node: ResultNode) -> str:
        """The type that stands for a place of a result."""
        if node.kind == "Any":
            return "StepResult"
        if node.kind in ("list", "map"):
            inner = node.own.get("*") or node.entry()
            return f"ResultEntries[{self.type_of(inner)}]" if inner else "ResultEntries[Expression]"
        if node.kind == "structure":
            if not node.shapes:
                return self.add("".join(node.own) + "Of", node)
            name = f"{node.shapes[0][0].upper()}{node.shapes[0][1:]}Of{'' if node.service == 'sagemaker' else 'Emr'}"
            return self.add(name, node)
        return "Expression"

    def add(self, name: str, node: ResultNode) -> str:
        """The class ``name``, made when it is first met."""
        if name not in self.classes:
            lines: list[str] = []
            self.classes[name] = lines
            for member, inner in sorted(node.members().items()):
                if not keyword.iskeyword(member):
                    lines.append(f"    {member}: {self.type_of(inner)}")
        return name


def stub_text() -> str:
    """The content of the file."""
    stub = _Stub()
    known = [each for each in STEP_TYPES if each not in ("Lambda", "Callback", "Fail", "Cleanup")]
    for kind in known:
        stub.add(f"{kind}Result", result_of(kind))
    classes = [
        "\n".join([f"class {name}(Expression):", *(lines or ["    ..."])]) for name, lines in stub.classes.items()
    ]
    overloads = [
        f'@overload\ndef result_of_step(kind: Literal["{kind}"], step: str) -> {kind}Result: ...' for kind in known
    ]
    last = "@overload\ndef result_of_step(kind: str, step: str) -> Any: ..."
    text = "\n\n".join([_HEAD.rstrip(), *classes, *overloads, last, _REST])
    command = [Path(sys.executable).with_name("ruff"), "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    TARGET.write_text(stub_text(), encoding="utf-8")
