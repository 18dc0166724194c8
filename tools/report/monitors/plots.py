"""Pictures inside of pages: no library, no request, no style but the page's classes."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from tools.report.monitors.history import Check, Series, WindowOfMonitor

_KINDS = {"violation": "bad", "fine": "fine", "not enough": "few"}


def timeline(windows: Sequence[WindowOfMonitor], width: int = 960, height: int = 100) -> Markup:
    """A bar for each window: how many rows it had, and what was decided."""
    most = max([each.rows for each in windows], default=0) or 1
    step, floor = width / max(len(windows), 24), height - 10
    shapes = [f'<line class="axis" x1="0" y1="{floor}" x2="{width}" y2="{floor}"/>']
    for place, each in enumerate(windows):
        tall, x = max((floor - 6) * each.rows / most, 4), width - step * (len(windows) - place)
        lost = f", {each.lost:,} lost" if each.lost else ""
        told = escape(f"{_moment(each.start)}: {each.state}, {each.rows:,} rows{lost}")
        shapes.append(
            f'<rect class="{_KINDS.get(each.state, "none")}" x="{x:.2f}" y="{floor - tall:.1f}"'
            f' width="{max(step * 0.84, 0.6):.2f}" height="{tall:.1f}"><title>{told}</title></rect>'
        )
        if each.lost:
            shapes.append(f'<circle class="lost" cx="{x + step * 0.42:.2f}" cy="{floor + 5}" r="2"/>')
    return _picture(shapes, width, height, f"Rows of {len(windows)} windows, by what was decided", whole=True)


def effects(series: Series, width: int = 300, height: int = 56) -> Markup:
    """How large a change was in each run, with its threshold; runs that decided nothing are gaps."""
    known = [found for _, found in series.points if found]
    threshold = next((found.threshold for found in reversed(known) if found.threshold), 0.0)
    # One that is far beyond all others, such as a change of unit, would hide the rest.
    highest = max([threshold * 1.6, *(min(found.effect, threshold * 12 or found.effect) for found in known), 1e-9])
    top, bottom = 5, height - 5

    def at(place: int, effect: float) -> tuple[float, float]:
        x = 4 + (width - 10) * (place / (len(series.points) - 1) if len(series.points) > 1 else 1)
        return x, bottom - (bottom - top) * min(effect / highest, 1)

    shapes: list[str] = []
    if threshold:
        _, limit = at(0, threshold)
        shapes.append(f'<line class="limit" x1="0" y1="{limit:.1f}" x2="{width}" y2="{limit:.1f}"/>')
    path, pen = "", "M"
    marks: list[str] = []
    for place, (start, found) in enumerate(series.points):
        if found is None or found.state == "not enough":
            pen = "M"
            continue
        x, y = at(place, found.effect)
        path, pen = f"{path}{pen}{x:.1f} {y:.1f}", "L"
        if found.state == "violation":
            marks.append(_mark(x, y, start, found))
    shapes += [f'<path class="line" d="{path}"/>'] if path else []
    named = f"{series.feature}, {series.check}: {len(marks)} violations in {len(series.points)} runs"
    return _picture([*shapes, *marks], width, height, named)


def spark(windows: Sequence[WindowOfMonitor], width: int = 144, height: int = 18) -> Markup:
    """What was decided of the last windows."""
    step = width / max(len(windows), 24)
    shapes = [
        f'<rect class="{_KINDS.get(each.state, "none")}" x="{width - step * (len(windows) - place):.2f}"'
        f' y="{2 if each.state == "violation" else 6}" width="{step * 0.8:.2f}"'
        f' height="{14 if each.state == "violation" else 10 if each.rows else 4}"/>'
        for place, each in enumerate(windows)
    ]
    bad = sum(each.state == "violation" for each in windows)
    return _picture(shapes, width, height, f"{bad} of the last {len(windows)} windows have violations")


def _mark(x: float, y: float, start: str, found: Check) -> str:
    told = escape(f"{_moment(start)}: {found.effect:.3g}")
    return f'<circle class="bad" cx="{x:.1f}" cy="{y:.1f}" r="2.4"><title>{told}</title></circle>'


def _moment(start: str) -> str:
    return start[:16].replace("T", " ")


def _picture(shapes: Sequence[str], width: float, height: float, title: str, *, whole: bool = False) -> Markup:
    """A picture as wide as it may be, or as the page."""
    size = ' preserveAspectRatio="none" class="whole"' if whole else f' style="max-width:{width:g}px"'
    named = f'role="img" aria-label="{escape(title)}"'
    return Markup(f'<svg viewBox="0 0 {width:g} {height:g}" {named}{size}>{"".join(shapes)}</svg>')
