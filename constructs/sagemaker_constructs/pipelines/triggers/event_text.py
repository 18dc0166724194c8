"""Text with fields of an event in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem

_FIELD = re.compile(r"\{([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\}")


@dataclass(frozen=True)
class EventText:
    """A parameter's value with fields of the trigger's event: ``s3://{detail.bucket.name}/{detail.object.key}``.

    Fields in braces are paths into the event as EventBridge has it. An event without such a field is refused when it
    arrives.

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
    """

    text: str

    @property
    def fields(self) -> Sequence[str]:
        """The fields in it."""
        return _FIELD.findall(self.text)

    def problems(self) -> Iterator[Problem]:
        """Rule: there are fields in it, and every brace belongs to one."""
        rest = _FIELD.sub("", self.text)
        if rest == self.text or "{" in rest or "}" in rest:
            words = "must have fields of the event in braces, such as {detail.object.key}, and no other braces, got: "
            yield Problem("", f"{words}{self.text!r}")
