"""What a ConditionStep decides by: comparisons, and what operators make of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from sagemaker_constructs.core.problems import InvalidInput, Problem
from sagemaker_constructs.pipelines.references.definition_part import DefinitionPart, Plain, written


class Condition(ABC):
    """A comparison, or several: ``(auc >= 0.9) & ~(mode == "trial") | (force == True)``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    @abstractmethod
    def document(self) -> Mapping[str, object]:
        """The condition, as a pipeline's definition writes it."""

    def __and__(self, other: Condition) -> Condition:
        return Conjunction((*self.all, *other.all))

    def __or__(self, other: Condition) -> Condition:
        # A definition has no And below Or: a Or (b And c) is (a Or b) And (a Or c).
        pairs = [Disjunction((*left.any, *right.any)) for left in self.all for right in other.all]
        return pairs[0] if len(pairs) == 1 else Conjunction(tuple(pairs))

    def __invert__(self) -> Condition:
        return Negation(self)

    def __bool__(self) -> bool:
        words = (
            "has no value before the pipeline runs: use &, | and ~ in place of and, or and not, and a ConditionStep"
        )
        raise InvalidInput("Condition", [Problem("", words)])

    @property
    def all(self) -> tuple[Condition, ...]:
        """What has to hold, all of it."""
        return (self,)

    @property
    def any(self) -> tuple[Condition, ...]:
        """What has to hold, one of it."""
        return (self,)


class Comparison(Condition):
    """``left`` against ``right`` by ``operator``, such as ``GreaterThanOrEqualTo``; made by ``auc >= 0.9``."""

    def __init__(self, operator: str, left: DefinitionPart, right: Plain | DefinitionPart) -> None:
        self._operator = operator
        self._left = left
        self._right = right

    def document(self) -> Mapping[str, object]:
        """The condition with its two values."""
        return {"Type": self._operator, "LeftValue": written(self._left), "RightValue": written(self._right)}


class Membership(Condition):
    """``value`` is one of ``values``; made by ``mode.is_in(["full", "fast"])``."""

    def __init__(self, value: DefinitionPart, values: Sequence[Plain | DefinitionPart]) -> None:
        self._value = value
        self._values = tuple(values)

    def document(self) -> Mapping[str, object]:
        """The condition ``In``."""
        return {"Type": "In", "QueryValue": written(self._value), "Values": written(self._values)}


class Negation(Condition):
    """The opposite of ``condition``; made by ``~``."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition

    def document(self) -> Mapping[str, object]:
        """The condition ``Not``."""
        return {"Type": "Not", "Condition": self._condition.document()}

    def __invert__(self) -> Condition:
        return self._condition


class Disjunction(Condition):
    """One of ``conditions`` holds; made by ``|``."""

    def __init__(self, conditions: tuple[Condition, ...]) -> None:
        self._conditions = conditions

    def document(self) -> Mapping[str, object]:
        """The condition ``Or``."""
        return {"Type": "Or", "Conditions": [each.document() for each in self._conditions]}

    @property
    def any(self) -> tuple[Condition, ...]:
        """Its conditions."""
        return self._conditions


class Conjunction(Condition):
    """All of ``conditions`` hold; made by ``&``."""

    def __init__(self, conditions: tuple[Condition, ...]) -> None:
        self._conditions = conditions

    def document(self) -> Mapping[str, object]:
        """Never asked for: definitions have no And, and write these as the list of a Condition step."""
        raise InvalidInput("Condition", [Problem("", "a definition has no And within another condition")])

    @property
    def all(self) -> tuple[Condition, ...]:
        """Its conditions."""
        return self._conditions

    def __invert__(self) -> Condition:
        # Not (a And b) is Not a Or Not b.
        return Disjunction(tuple(~each for each in self._conditions))
