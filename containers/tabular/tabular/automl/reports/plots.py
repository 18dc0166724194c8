"""Pictures as SVG inside a page: no library, no request."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy
from numpy.typing import NDArray

_WIDTH = 640
_LABEL = 190
_ROW = 24


def bars(values: Mapping[str, float], title: str) -> str:
    """A horizontal bar for each value, in their order."""
    longest = max([abs(value) for value in values.values()], default=0.0) or 1.0
    room = _WIDTH - _LABEL - 80
    shapes: list[str] = []
    for row, (name, value) in enumerate(values.items()):
        top = row * _ROW
        length = abs(value) / longest * room
        kind = "bar" if value >= 0 else "bar below"
        shapes += [
            _text(_LABEL - 8, top + 16, _shortened(name), "end"),
            f'<rect class="{kind}" x="{_LABEL}" y="{top + 4}" width="{length:.1f}" height="{_ROW - 8}" rx="2"/>',
            _text(_LABEL + length + 6, top + 16, f"{value:.3g}", "start"),
        ]
    return _picture(shapes, _WIDTH, len(values) * _ROW + 4, title)


def confusion(matrix: NDArray[numpy.intp], classes: Sequence[str]) -> str:
    """Rows are the classes as they are, columns as they are predicted; darker is a larger share of the row."""
    cell = min(64, max(22, 420 // len(classes)))
    left, top = 130, 40
    shapes = [_text(left, 14, "predicted", "start")]
    for column, name in enumerate(classes):
        shapes.append(_text(left + (column + 0.5) * cell, top - 8, _shortened(name, max(3, cell // 7)), "middle"))
    for row, name in enumerate(classes):
        total = int(matrix[row].sum()) or 1
        shapes.append(_text(left - 8, top + (row + 0.5) * cell + 4, _shortened(name, 16), "end"))
        for column in range(len(classes)):
            share = int(matrix[row, column]) / total
            x, y = left + column * cell, top + row * cell
            kind = "hit" if row == column else "miss"
            shapes.append(
                f'<rect class="cell {kind}" x="{x}" y="{y}" width="{cell - 2}" height="{cell - 2}" '
                f'fill-opacity="{0.06 + 0.94 * share:.3f}"/>'
            )
            ink = " light" if share > 0.5 else ""
            shapes.append(_text(x + cell / 2, y + cell / 2 + 4, str(int(matrix[row, column])), "middle", ink))
    size = len(classes) * cell
    return _picture(shapes, left + max(size, 80) + 10, top + size + 6, "Confusion matrix")


def residuals(found: NDArray[numpy.float64], truth: NDArray[numpy.float64]) -> str:
    """A point for each row: what is predicted, and how far the label is above it."""
    left, top, width, height = 90, 12, 520, 260
    errors = truth - found
    low, high = float(found.min()), float(found.max())
    reach = float(numpy.abs(errors).max()) or 1.0
    span = (high - low) or 1.0
    middle = top + height / 2
    shapes = [
        f'<rect class="frame" x="{left}" y="{top}" width="{width}" height="{height}"/>',
        f'<line class="zero" x1="{left}" y1="{middle}" x2="{left + width}" y2="{middle}"/>',
        _text(left - 8, top + 10, f"+{reach:.3g}", "end"),
        _text(left - 8, middle + 4, "0", "end"),
        _text(left - 8, top + height, f"-{reach:.3g}", "end"),
        _text(left, top + height + 18, f"{low:.4g}", "start"),
        _text(left + width / 2, top + height + 18, "predicted", "middle"),
        _text(left + width, top + height + 18, f"{high:.4g}", "end"),
    ]
    for value, error in zip(found.tolist(), errors.tolist(), strict=True):
        x = left + (value - low) / span * width
        y = middle - error / reach * (height / 2 - 4)
        shapes.append(f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>')
    return _picture(shapes, left + width + 20, top + height + 28, "Label minus prediction")


def _picture(shapes: Sequence[str], width: float, height: float, title: str) -> str:
    opening = (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">'
    )
    return opening + "".join(shapes) + "</svg>"


def _text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    return f'<text class="words{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _shortened(name: str, most: int = 26) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
