"""The nodes of a flow, in the order in which they run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jobs.errors import JobError

Parameters = Mapping[str, Any]


@cache
def supported() -> Mapping[str, Sequence[str]]:
    """Operators that run here, and of those that stand for several ones, which."""
    return json.loads(Path(__file__).with_name("supported.json").read_text())


@dataclass(frozen=True)
class Node:
    """A step of a flow.

    Args:
        name: Its node_id.
        operator: What it does.
        parameters: How.
        learned: Its trained parameters, of which only the types of columns are of use here.
        inputs: Nodes and their outputs that it reads.
    """

    name: str
    operator: str
    parameters: Parameters
    learned: Parameters
    inputs: tuple[tuple[str, str], ...]

    @property
    def choice(self) -> str | None:
        """Which one of several an operator stands for."""
        return self.parameters.get("operator") if supported().get(self.operator) else None

    @property
    def words(self) -> str:
        """The node, for messages."""
        said = self.parameters.get("operator")
        return f"{self.operator}{f' ({said})' if said else ''} in node {self.name}"


class Flow:
    """A `.flow` file of version 1."""

    def __init__(self, document: Any) -> None:
        """Raises JobError for what is no flow."""
        version = document.get("metadata", {}).get("version") if isinstance(document, dict) else None
        if version != 1:
            raise JobError(f"the flow must be of version 1, got: {version}")
        self._nodes = {each["node_id"]: each for each in document["nodes"]}

    @classmethod
    def read(cls, folder: Path) -> "Flow":
        """The only flow in a folder. Raises JobError without one, and for what is no JSON."""
        files = sorted(folder.glob("*.flow"))
        if len(files) != 1:
            raise JobError(f"the input 'flow' must hold one .flow file, got: {len(files)}")
        try:
            return cls(json.loads(files[0].read_text()))
        except ValueError as error:
            raise JobError(f"{files[0].name} is not JSON: {error}") from None

    def steps(self, wanted: Sequence[str]) -> Sequence[Node]:
        """What it takes to get the nodes `wanted`, each after what it reads.

        Raises JobError naming every operator that does not run here, and for nodes that are not there.
        """
        found: dict[str, Node] = {}
        for name in wanted:
            self._collect(name, found, ())
        refused = [each.words for each in found.values() if not _runs(each)]
        if refused:
            raise JobError(f"these operators do not run here: {'; '.join(refused)}")
        return [*found.values()]

    def _collect(self, name: str, found: dict[str, Node], above: tuple[str, ...]) -> None:
        if name in above:
            raise JobError(f"the flow has a circle through node {name}")
        if name in found:
            return
        if name not in self._nodes:
            raise JobError(f"the flow has no node {name}")
        given: dict[str, Any] = self._nodes[name]
        inputs = tuple((each["node_id"], each.get("output_name", "default")) for each in given.get("inputs", ()))
        for before, _ in inputs:
            self._collect(before, found, (*above, name))
        found[name] = Node(
            name, given["operator"], given.get("parameters") or {}, given.get("trained_parameters") or {}, inputs
        )


def _runs(node: Node) -> bool:
    if node.operator not in supported():
        return False
    choices = supported()[node.operator]
    return not choices or node.parameters.get("operator") in choices
