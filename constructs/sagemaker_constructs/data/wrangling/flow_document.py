"""A `.flow` file of Data Wrangler: what it reads, does and gives."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from sagemaker_constructs.core.assets import asset_root
from sagemaker_constructs.core.problems import Problem, one_of

S3_SOURCE = "sagemaker.s3_source"
_WITHOUT_RESULT = ("VISUALIZATION", "DESTINATION")
_VERSION = 1


@cache
def open_operators() -> Mapping[str, Sequence[str]]:
    """Operators that the library's own image runs, and of those that stand for several ones, which."""
    listed = asset_root() / "containers" / "wrangling" / "wrangling" / "supported.json"
    return json.loads(listed.read_text(encoding="utf-8"))


class FlowDocument:
    """The nodes of the file ``path``; ask ``file_problems`` before anything else.

    ``node`` is the one whose result is wanted, and ``output`` that of its outputs; without it, the only node that no
    other one reads, apart from pictures and destinations.
    """

    def __init__(self, path: str, node: str | None, output: str) -> None:
        self.path = path
        self._given = node
        self._output = output
        self._document = _read(path)

    def file_problems(self) -> Iterator[Problem]:
        """Why the file is no flow."""
        if self._document is None:
            yield Problem("flow", f"must be a .flow file of Data Wrangler, which is JSON, got: {self.path!r}")
            return
        version = self._document.get("metadata", {}).get("version")
        if version != _VERSION:
            yield Problem("flow", f"must be of version {_VERSION}, got: {version!r} in {self.path!r}")
        names = [each["node_id"] for each in self._nodes]
        twice = {name for name in names if names.count(name) > 1}
        for name in sorted(twice):
            yield Problem("flow", f"must have each node once, got twice: {name}")

    def node_problems(self) -> Iterator[Problem | None]:
        """Why there is no result, or what leads to it is not whole."""
        named = self.node
        if named is None:
            ends = ", ".join(self._ends) or "none"
            yield Problem("node", f"must be given where the flow has not one end, got the ends: {ends}")
            return
        if named not in self._by_name:
            yield one_of("node", named, [*self._by_name])
            return
        given = self._by_name[named]
        if given["type"] in _WITHOUT_RESULT:
            before = ", ".join(self._inputs(given)) or "none"
            words = f"must be a node with rows, got a {given['type'].lower()}: {named}; it reads {before}"
            yield Problem("node", words)
            return
        yield one_of("node_output", self._output, [each["name"] for each in given.get("outputs", ())])
        for each in self._steps():
            yield from self._input_problems(each)

    def dataset_problems(self, datasets: Sequence[str]) -> Iterator[Problem | None]:
        """Data sets that the flow reads and nobody gives, and those that it does not read."""
        read = {name: node for node in self._sources() if (name := _dataset(node)) is not None}
        for node in self._sources():
            if not str(node["operator"]).startswith(S3_SOURCE):
                words = "reads from elsewhere than S3, which a job cannot: unload its rows, and read these"
                yield Problem("flow", f"{words}, got: {node['operator']} in node {node['node_id']}")
        for name in read.keys() - set(datasets):
            yield Problem("datasets", f"must name what the flow reads, got none for: {name!r}")
        for name in datasets:
            yield one_of("datasets", name, [*read])

    def operator_problems(self) -> Iterator[Problem]:
        """Operators that only AWS's own image runs."""
        for node in self._steps():
            choice = node.get("parameters", {}).get("operator")
            choices = open_operators().get(node["operator"])
            if choices is None or (choices and choice not in choices):
                said = f"{node['operator']}{f' ({choice})' if choice else ''} in node {node['node_id']}"
                yield Problem("engine", f"'open' does not run, and 'data_wrangler' does: {said}")

    @property
    def node(self) -> str | None:
        """The node whose result is wanted; None where that is not clear."""
        if self._given is not None:
            return self._given
        return self._ends[0] if len(self._ends) == 1 else None

    @property
    def result(self) -> str:
        """Node and output, as the job names them."""
        return f"{self.node}.{self._output}"

    @property
    def _nodes(self) -> Sequence[Mapping[str, Any]]:
        return cast("Mapping[str, Any]", self._document)["nodes"]

    @property
    def _by_name(self) -> Mapping[str, Mapping[str, Any]]:
        return {each["node_id"]: each for each in self._nodes}

    @property
    def _ends(self) -> Sequence[str]:
        with_rows = [each for each in self._nodes if each["type"] not in _WITHOUT_RESULT]
        read = {name for each in with_rows for name in self._inputs(each)}
        return [each["node_id"] for each in with_rows if each["node_id"] not in read]

    def _sources(self) -> Iterator[Mapping[str, Any]]:
        return (each for each in self._steps() if each["type"] == "SOURCE")

    def _steps(self) -> Sequence[Mapping[str, Any]]:
        """What leads to the result, without what is not there."""
        found: dict[str, Mapping[str, Any]] = {}
        waiting = [self.node]
        while waiting:
            name = waiting.pop()
            if name is not None and name not in found and name in self._by_name:
                found[name] = self._by_name[name]
                waiting += self._inputs(found[name])
        return [*found.values()]

    def _input_problems(self, node: Mapping[str, Any]) -> Iterator[Problem]:
        for each in node.get("inputs", ()):
            before, output = each["node_id"], each.get("output_name", "default")
            if before not in self._by_name:
                yield Problem("flow", f"must have what node {node['node_id']} reads, got none: {before}")
            elif output not in [one["name"] for one in self._by_name[before].get("outputs", ())]:
                words = f"must have what node {node['node_id']} reads, got no output {output} of {before}"
                yield Problem("flow", words)
        if node["node_id"] in self._before(node):
            yield Problem("flow", f"must not lead in a circle, got one through: {node['node_id']}")

    def _before(self, node: Mapping[str, Any]) -> set[str]:
        found: set[str] = set()
        waiting = [*self._inputs(node)]
        while waiting:
            name = waiting.pop()
            if name not in found and name in self._by_name:
                found.add(name)
                waiting += self._inputs(self._by_name[name])
        return found

    def _inputs(self, node: Mapping[str, Any]) -> Sequence[str]:
        return [each["node_id"] for each in node.get("inputs", ())]


def _read(path: str) -> Mapping[str, Any] | None:
    file = Path(path)
    if file.suffix != ".flow" or not file.is_file():
        return None
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    nodes: Any = cast("dict[str, Any]", found).get("nodes") if isinstance(found, dict) else None
    if not isinstance(nodes, list):
        return None
    members = ("node_id", "type", "operator")
    whole = all(isinstance(each, dict) and all(name in each for name in members) for each in cast("list[Any]", nodes))
    return cast("dict[str, Any]", found) if whole else None


def _dataset(node: Mapping[str, Any]) -> str | None:
    return node.get("parameters", {}).get("dataset_definition", {}).get("name")
