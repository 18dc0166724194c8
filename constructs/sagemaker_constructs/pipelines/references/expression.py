"""A value that only an execution has."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import NoReturn, cast

from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.pipelines.references.conditions import Comparison, Membership
from sagemaker_constructs.pipelines.references.definition_part import DefinitionPart, Plain, written


class Expression(DefinitionPart):
    """A parameter, a result of a step, a value of the execution, or what is made of these.

    It stands where an argument of a step does, and has no value before the pipeline runs: made into text, as in an
    f-string, it raises ``InvalidInput``; write ``join("s3://", bucket, "/data")``. Operators make conditions:
    ``auc >= 0.9``, ``mode == "full"``, and ``is_in`` asks for a list.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
    """

    @property
    @abstractmethod
    def place(self) -> str:
        """What it names, for messages, such as ``Steps.Train.ModelArtifacts.S3ModelArtifacts``."""

    @property
    def is_text(self) -> bool:
        """Whether it is text by all that its type says; numbers and truth values are not."""
        return True

    def to_string(self) -> Joined:
        """The value as text, for a number where text is expected."""
        return Joined("", (self,))

    def is_in(self, values: Sequence[Plain | Expression]) -> Membership:
        """The condition that it is one of ``values``."""
        return Membership(self, values)

    def __eq__(self, other: object) -> Comparison:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._compared("Equals", cast(Plain, other))

    def __ge__(self, other: Plain | Expression) -> Comparison:
        return self._compared("GreaterThanOrEqualTo", other)

    def __gt__(self, other: Plain | Expression) -> Comparison:
        return self._compared("GreaterThan", other)

    def __le__(self, other: Plain | Expression) -> Comparison:
        return self._compared("LessThanOrEqualTo", other)

    def __lt__(self, other: Plain | Expression) -> Comparison:
        return self._compared("LessThan", other)

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        return self._refuse("text")

    def __format__(self, format_spec: str) -> str:
        return self._refuse("text")

    def __bool__(self) -> bool:
        return self._refuse("a truth value")

    def __repr__(self) -> str:
        return f"<{self.place}>"

    def _compared(self, operator: str, other: Plain | Expression) -> Comparison:
        return Comparison(operator, self, other)

    def _refuse(self, what: str) -> NoReturn:
        words = f"has no value before the pipeline runs, got: made into {what}; use join(…) or a ConditionStep"
        raise InvalidInput(self.place, [Problem("", words)])


class Joined(Expression):
    """``values``, which ``join`` or ``to_string`` put together; numbers become text."""

    def __init__(self, on: str, values: Sequence[Plain | Expression]) -> None:
        self._on = on
        self._values = tuple(values)

    def document(self) -> Mapping[str, object]:
        """The ``Std:Join``."""
        return {"Std:Join": {"On": self._on, "Values": written(self._values)}}

    @property
    def place(self) -> str:
        """Its parts."""
        return f"join({', '.join(repr(value) for value in self._values)})"

    @property
    def values(self) -> tuple[Plain | Expression, ...]:
        """Its parts."""
        return self._values


def join(*values: Plain | Expression, on: str = "") -> Joined:
    """``values`` as one text, with ``on`` between them: ``join("s3://", bucket, "/data")``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-pipeline.html
    """
    return Joined(on, values)
