"""Results of steps, member by member as the API describes them."""

from collections.abc import Mapping

from sagemaker_constructs.core.pipeline_definitions.results import ResultNode
from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.core.spelling import nearest_to
from sagemaker_constructs.pipelines.references.expression import Expression


class UnknownMember(InvalidInput, AttributeError):  # noqa: N818 - it reads as what it is, as InvalidInput does
    """A member that a result does not have: for Python, an attribute that is missing."""


class StepResult(Expression):
    """The result of a step, or a part of it: ``train.properties.ModelArtifacts.S3ModelArtifacts``.

    Members of structures are attributes; lists take an index or the name of an entry, and maps a key, in brackets. A
    member that the API does not have raises ``InvalidInput``. Editors complete members from ``step_results.pyi``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
    """

    def __init__(self, step: str, path: str, node: ResultNode) -> None:
        self._step = step
        self._path = path
        self._node = node

    def __getattr__(self, name: str) -> "StepResult":
        if name.startswith("__"):
            raise AttributeError(name)
        found = self._node.member(name) if self._node.kind in ("structure", "Any") else None
        if found is None:
            members = self._node.members()
            near = nearest_to(name, members)
            offered = (
                f"did you mean {' or '.join(near)}?" if near else f"it has: {', '.join(sorted(members)) or 'none'}"
            )
            raise UnknownMember(self.place, [Problem(name, f"must be a member of this result; {offered}")])
        return StepResult(self._step, f"{self._path}.{name}" if self._path else name, found)

    def __getitem__(self, key: str | int) -> "StepResult":
        found = self._node.own.get(str(key)) or self._node.entry()
        if found is None:
            raise InvalidInput(self.place, [Problem(repr(key), "must be asked of a list or a map")])
        written = f"[{key}]" if isinstance(key, int) else f"['{key}']"
        return StepResult(self._step, f"{self._path}{written}", found)

    @property
    def is_text(self) -> bool:
        """Whether the API returns text there."""
        return self._node.kind in ("String", "Any")

    def document(self) -> Mapping[str, object]:
        """The ``Get``."""
        return {"Get": self.place}

    @property
    def place(self) -> str:
        """``Steps.<step>.<path>``."""
        return f"Steps.{self._step}.{self._path}" if self._path else f"Steps.{self._step}"
