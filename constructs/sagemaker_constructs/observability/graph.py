"""Sections of a dashboard: a heading over rows of graphs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from sagemaker_constructs.observability.measurement import Measurement

_HEADING_HEIGHT = 2
_GRAPH_HEIGHT = 6
_WIDTH = 24


class Tile(Protocol):
    """What stands in a row of a dashboard: graphs, states of alarms, lines of logs."""

    @property
    def title(self) -> str:
        """Its heading."""
        ...

    kind: ClassVar[str]
    """The ``type`` of the widget."""

    def properties(self, region: str) -> dict[str, object]:
        """The ``properties`` of the widget."""
        ...


@dataclass(frozen=True)
class Graph:
    """Lines of ``measurements`` over time, and horizontal ``bounds`` by their labels."""

    title: str
    measurements: Sequence[Measurement]
    bounds: dict[str, float] = field(default_factory=dict[str, float])
    kind: ClassVar[str] = "metric"

    def properties(self, region: str) -> dict[str, object]:
        """The ``properties`` of the widget."""
        drawn: dict[str, object] = {
            "view": "timeSeries",
            "title": self.title,
            "region": region,
            "metrics": [measured.line() for measured in self.measurements],
        }
        if self.bounds:
            lines = [{"value": value, "label": label, "yAxis": "left"} for label, value in self.bounds.items()]
            drawn["annotations"] = {"horizontal": lines}
        return {**drawn, "yAxis": {"left": {"min": 0}}}


@dataclass(frozen=True)
class Section:
    """``title`` (a line of Markdown, or two) over rows of graphs and other tiles that share the width."""

    title: str
    rows: Sequence[Sequence[Tile]]


def widgets(sections: Sequence[Section], region: str) -> Iterator[dict[str, object]]:
    """The widgets of a dashboard's body, from top to bottom."""
    top = 0
    for section in sections:
        heading = {"markdown": f"## {section.title}"}
        yield {"type": "text", "width": _WIDTH, "height": _HEADING_HEIGHT, "x": 0, "y": top, "properties": heading}
        top += _HEADING_HEIGHT
        for row in section.rows:
            width = _WIDTH // len(row)
            for index, tile in enumerate(row):
                yield {
                    "type": tile.kind,
                    "width": width,
                    "height": _GRAPH_HEIGHT,
                    "x": index * width,
                    "y": top,
                    "properties": tile.properties(region),
                }
            top += _GRAPH_HEIGHT
