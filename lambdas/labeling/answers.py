"""A worker's answer, read from what crowd elements submit.

See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-ui-template-reference.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

Content = Mapping[str, Any]


class UnreadableAnswerError(ValueError):
    """An answer that no crowd element of its task type submits."""


@dataclass(frozen=True)
class Box:
    """A rectangle on an image, in pixels."""

    label: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Span:
    """The characters of a text from ``start`` up to and without ``end``."""

    label: str
    start: int
    end: int


@dataclass(frozen=True)
class WorkerAnswer:
    """What one worker has said of one object: ``content`` is the form that was submitted."""

    worker: str
    content: Content

    def label(self) -> str:
        """The one class of a classification."""
        return str(self._member("label"))

    def labels(self) -> tuple[str, ...]:
        """The classes of a multi-label classification, none of them twice."""
        return tuple(dict.fromkeys(str(each) for each in self._list("labels")))

    def boxes(self) -> tuple[Box, ...]:
        """The rectangles that were drawn."""
        return tuple(self._read_box(each) for each in self._list("boundingBoxes"))

    def spans(self) -> tuple[Span, ...]:
        """The spans that were marked."""
        return tuple(self._read_span(each) for each in self._list("entities"))

    def image_size(self) -> tuple[int, int] | None:
        """Width and height of the image that was shown; None where it has no boxes, and nothing else says it."""
        if not any(True for _ in _members(self.content, "inputImageProperties")) and not self.boxes():
            return None
        size = self._member("inputImageProperties")
        try:
            return int(size["width"]), int(size["height"])
        except (KeyError, TypeError, ValueError):
            raise self._unreadable("inputImageProperties") from None

    def comment(self) -> str:
        """What the worker has to say about it; empty for nothing."""
        return next((found for found in _members(self.content, "comment") if isinstance(found, str)), "").strip()

    def _member(self, name: str) -> Any:
        for found in _members(self.content, name):
            return found
        raise self._unreadable(name)

    def _list(self, name: str) -> list[Any]:
        found = self._member(name)
        if not isinstance(found, list):
            raise self._unreadable(name)
        return cast(list[Any], found)

    def _read_box(self, box: Any) -> Box:
        try:
            read = Box(str(box["label"]), *(float(box[each]) for each in ("left", "top", "width", "height")))
        except (KeyError, TypeError, ValueError):
            raise self._unreadable("boundingBoxes") from None
        if read.width <= 0 or read.height <= 0:
            raise self._unreadable("boundingBoxes")
        return read

    def _read_span(self, span: Any) -> Span:
        try:
            read = Span(str(span["label"]), int(span["startOffset"]), int(span["endOffset"]))
        except (KeyError, TypeError, ValueError):
            raise self._unreadable("entities") from None
        if not 0 <= read.start < read.end:
            raise self._unreadable("entities")
        return read

    def _unreadable(self, member: str) -> UnreadableAnswerError:
        return UnreadableAnswerError(f"the answer of worker {self.worker} has no {member} that can be read")


def _members(content: Content, name: str) -> Iterator[Any]:
    """The values of ``name``: at the top, or within the one element that a template gave a name of its own."""
    if name in content:
        yield content[name]
    for value in content.values():
        if _is_mapping(value) and name in value:
            yield value[name]


def _is_mapping(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)
