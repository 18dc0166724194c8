"""A typed door to botocore's service models: the shapes and operations every emulated API is driven by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, cast


class Shape(Protocol):
    """One shape of a service model, as botocore describes it."""

    name: str
    type_name: str

    @property
    def members(self) -> Mapping[str, Shape]:
        """Members of a structure, in the model's order."""
        ...

    @property
    def required_members(self) -> Sequence[str]:
        """Names that a structure must carry."""
        ...

    @property
    def member(self) -> Shape:
        """Element shape of a list."""
        ...

    @property
    def value(self) -> Shape:
        """Value shape of a map."""
        ...

    @property
    def key(self) -> Shape:
        """Key shape of a map."""
        ...

    @property
    def enum(self) -> Sequence[str]:
        """Values that a string may have; empty when any."""
        ...

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Constraints: `min`, `max`, `pattern`, `required`."""
        ...


class Operation(Protocol):
    """One operation of a service model."""

    name: str

    @property
    def input_shape(self) -> Shape | None:
        """Shape of the request; None when it takes nothing."""
        ...

    @property
    def output_shape(self) -> Shape | None:
        """Shape of the response; None when it gives nothing."""
        ...

    @property
    def error_shapes(self) -> Sequence[Shape]:
        """Modelled errors."""
        ...


class ServiceModel(Protocol):
    """All operations of one service."""

    @property
    def operation_names(self) -> Sequence[str]:
        """Names such as `CreateModel`."""
        ...

    def operation_model(self, operation_name: str) -> Operation:
        """Return one operation; raises botocore's OperationNotFoundError."""
        ...


NEWER = Path(__file__).parent / "newer"


@cache
def service_model(service: str) -> ServiceModel:
    """Load the model of a service by its botocore name, such as `sagemaker`."""
    import botocore.session  # pyright: ignore[reportMissingTypeStubs]

    session = cast(Any, botocore.session).get_session()
    # What is younger than the botocore that MiniStack pins; `tools/newer_shapes.py` writes it.
    session.get_component("data_loader").search_paths.append(str(NEWER))
    return cast(ServiceModel, session.get_service_model(service))


def members_of(shape: Shape | None) -> Mapping[str, Shape]:
    """Members of a structure; empty for operations without input or output."""
    return {} if shape is None else shape.members
