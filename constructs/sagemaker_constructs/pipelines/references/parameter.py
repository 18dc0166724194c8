"""A value that whoever starts the pipeline may give."""

from collections.abc import Mapping
from typing import ClassVar

from sagemaker_constructs.pipelines.references.definition_part import Plain
from sagemaker_constructs.pipelines.references.expression import Expression


class Parameter(Expression):
    """What parameters of all types share; make a ``StringParameter``, ``IntegerParameter`` or one of the others."""

    type: ClassVar[str]

    def __init__(self, name: str, default: Plain | None) -> None:
        self.name: str = name
        self._default = default

    def declaration(self) -> dict[str, object]:
        """Its entry among the ``Parameters`` of a definition."""
        default = {} if self._default is None else {"DefaultValue": self._default}
        return {"Name": self.name, "Type": self.type, **default}

    @property
    def is_text(self) -> bool:
        """Whether it is a ``StringParameter``."""
        return self.type == "String"

    def document(self) -> Mapping[str, object]:
        """The ``Get``."""
        return {"Get": self.place}

    @property
    def place(self) -> str:
        """``Parameters.<name>``."""
        return f"Parameters.{self.name}"


class IntegerParameter(Parameter):
    """A whole number, called ``name``; without ``default``, each start has to give it.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
    """

    type: ClassVar[str] = "Integer"

    def __init__(self, name: str, default: int | None = None) -> None:
        super().__init__(name, default)


class FloatParameter(Parameter):
    """A number, called ``name``; without ``default``, each start has to give it.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
    """

    type: ClassVar[str] = "Float"

    def __init__(self, name: str, default: float | None = None) -> None:
        super().__init__(name, default)


class BooleanParameter(Parameter):
    """True or false, called ``name``; without ``default``, each start has to give it.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
    """

    type: ClassVar[str] = "Boolean"

    def __init__(self, name: str, default: bool | None = None) -> None:
        super().__init__(name, default)


class StringParameter(Parameter):
    """Text, called ``name``; without ``default``, each start has to give it. ``allowed`` are all values it may have.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html
    """

    type: ClassVar[str] = "String"

    def __init__(self, name: str, default: str | None = None, *, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(name, default)
        self._allowed = allowed

    def declaration(self) -> dict[str, object]:
        """Its entry among the ``Parameters`` of a definition."""
        allowed = {"EnumValues": [*self._allowed]} if self._allowed else {}
        return {**super().declaration(), **allowed}
