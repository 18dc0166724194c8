"""What is deployed for a variant or an inference component, and how a record keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.containers.hosting import ContainerSpec
from emulator.sagemaker.models.parts import ModelParts, Part


@dataclass(frozen=True)
class ServingUnit:
    """The processes that serve one variant or one inference component.

    Args:
        name: Unlike that of every other unit; its containers have theirs below it.
        variant: Name of the variant.
        model: Its containers; none for a variant that hosts inference components.
        shadow: Whether it gets copies of requests, and its answers are dropped.
        component: Name of the inference component; None for a variant's own model.
        copies: How many copies of an inference component it stands for.
    """

    name: str
    variant: str
    model: ModelParts
    shadow: bool = False
    component: str | None = None
    copies: int = 1

    def saved(self) -> dict[str, Any]:
        """The unit as a record keeps it; copies are counted elsewhere."""
        specs = [part.container for part in self.model.parts]
        marks = {"direct": self.model.direct, "problem": self.model.problem, "shadow": self.shadow}
        return {
            "name": self.name,
            "variant": self.variant,
            "parts": [_saved(part) for part in self.model.parts],
            **({"startup_timeout_seconds": specs[0].startup_timeout_seconds} if specs else {}),
            **({"component": self.component} if self.component else {}),
            **{name: value for name, value in marks.items() if value},
        }

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> ServingUnit:
        """The unit that `saved` has given, also one of an earlier emulator."""
        seconds = values.get("startup_timeout_seconds", 0)
        return cls(
            name=values["name"],
            variant=values["variant"],
            model=ModelParts(
                tuple(_restored(part, seconds) for part in values["parts"]),
                direct=values.get("direct", False),
                problem=values.get("problem"),
            ),
            shadow=values.get("shadow", False),
            component=values.get("component"),
        )


def _saved(part: Part) -> dict[str, Any]:
    spec = part.container
    many = {"models_url": spec.models_url, "caches_models": spec.caches_models} if spec.models_url else {}
    return {
        "name": spec.name,
        "hostname": part.hostname,
        "image_uri": spec.image_uri,
        "environment": dict(spec.environment),
        "model_data_url": spec.model_data_url,
        **many,
    }


def _restored(values: Mapping[str, Any], startup_seconds: float) -> Part:
    given = {name: value for name, value in values.items() if name != "hostname"}
    return Part(values["hostname"], ContainerSpec(**given, startup_timeout_seconds=startup_seconds))
