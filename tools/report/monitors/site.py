"""Writes the pages: one of the fleet, one for each monitor, and those of its windows."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.report.executions import Clients
from tools.report.monitors.alarms import AlarmOfMonitor, alarms_by_monitor
from tools.report.monitors.found import FoundFunctions, FoundMonitor, found_functions
from tools.report.monitors.history import Series, WindowOfMonitor, report_page, series_of, windows_of
from tools.report.monitors.lineage import Act, Origin, acts_of, origins_of
from tools.report.monitors.plots import effects, spark, timeline

_PAGES, _LISTED, _SHOWN = 30, 120, 60
_RECENT = 48
_RED_PAGES = 30
_AT_ONCE = 8
_RANKS = ("critical", "warning", "unwatched", "fine")


@dataclass(frozen=True)
class MonitorReport:
    """All that a page tells of a monitor."""

    monitor: FoundMonitor
    alarms: Sequence[AlarmOfMonitor]
    windows: Sequence[WindowOfMonitor]
    series: Sequence[Series] = ()
    origins: Sequence[Origin] = ()
    acts: Sequence[Act] = ()
    pages: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def ringing(self) -> Sequence[AlarmOfMonitor]:
        """Alarms that are on."""
        return [each for each in self.alarms if each.state == "ALARM"]

    @property
    def rank(self) -> str:
        """How urgent it is."""
        severities = {each.severity for each in self.ringing}
        if severities:
            return "critical" if "critical" in severities else "warning"
        return "fine" if self.windows else "unwatched"

    @property
    def since(self) -> datetime | None:
        """Since when an alarm is on."""
        return min((each.since for each in self.ringing), default=None)

    @property
    def last(self) -> WindowOfMonitor | None:
        """The last window."""
        return self.windows[-1] if self.windows else None

    @property
    def file(self) -> str:
        """The page's name."""
        return f"{self.monitor.name}.html"


def write_monitors(
    clients: Clients, folder: Path, *, endpoint: str = "", pipelines: Sequence[str] = (), console: str = ""
) -> Path:
    """Write the pages of an endpoint's monitors, or of the fleet and those that are red; the one to open.

    ``console`` is the region whose console links lead to. Raises ``LookupError`` where nobody watches the endpoint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found, alarms = found_functions(clients), alarms_by_monitor(clients)
    if endpoint:
        monitors = [each for each in found.monitors if endpoint in (each.endpoint, each.name)]
        if not monitors:
            known = ", ".join(sorted({each.watched for each in found.monitors})) or "none"
            raise LookupError(f"no monitor watches {endpoint}; watched are: {known}")
        whole = [_whole(clients, folder, each, alarms, found, pipelines) for each in monitors]
        for each in whole:
            _write(folder / each.file, "monitor.html", report=each, console=console, fleet=len(whole) > 1)
        if len(whole) == 1:
            return folder / whole[0].file
        return _fleet(folder, whole, {each.monitor.name for each in whole})

    def short(monitor: FoundMonitor) -> MonitorReport:
        return _short(clients, monitor, alarms)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        reports = [*pool.map(short, found.monitors)]
    red = [each for each in _sorted(reports) if each.ringing][:_RED_PAGES]
    for each in red:
        page = _whole(clients, folder, each.monitor, alarms, found, pipelines)
        _write(folder / page.file, "monitor.html", report=page, console=console, fleet=True)
    return _fleet(folder, reports, {each.monitor.name for each in red})


def _fleet(folder: Path, reports: Sequence[MonitorReport], written: set[str]) -> Path:
    index = folder / "index.html"
    counts = {rank: sum(each.rank == rank for each in reports) for rank in _RANKS}
    _write(index, "fleet.html", reports=_sorted(reports), counts=counts, written=written)
    return index


def _sorted(reports: Sequence[MonitorReport]) -> list[MonitorReport]:
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(reports, key=lambda each: (_RANKS.index(each.rank), each.since or never, each.monitor.watched))


def _short(clients: Clients, monitor: FoundMonitor, alarms: Mapping[str, Sequence[AlarmOfMonitor]]) -> MonitorReport:
    windows = windows_of(clients, monitor, told=1, months=2)[-_RECENT:]
    return MonitorReport(monitor, alarms.get(monitor.name, ()), windows)


def _whole(
    clients: Clients,
    folder: Path,
    monitor: FoundMonitor,
    alarms: Mapping[str, Sequence[AlarmOfMonitor]],
    found: FoundFunctions,
    pipelines: Sequence[str],
) -> MonitorReport:
    windows = windows_of(clients, monitor)
    origins = origins_of(clients, monitor.endpoint) if monitor.endpoint else ()
    known = {each.execution.split(":pipeline/")[-1].partition("/")[0] for each in origins if each.execution}
    names = [each.name for each in windows]
    return MonitorReport(
        monitor=monitor,
        alarms=alarms.get(monitor.name, ()),
        windows=windows,
        series=series_of(windows),
        origins=origins,
        acts=acts_of(clients, monitor.name, names, found.reactions, sorted({*pipelines, *known})),
        pages=_pages(clients, folder, monitor, windows),
    )


def _pages(
    clients: Clients, folder: Path, monitor: FoundMonitor, windows: Sequence[WindowOfMonitor]
) -> Mapping[str, str]:
    """Copies of the pages of the last windows, and of the last ones with violations, by the name of the window."""
    wanted = {each.name: each for each in [each for each in windows if each.rows][-_PAGES:]}
    wanted |= {each.name: each for each in [each for each in windows if each.state == "violation"][-_PAGES:]}
    found: dict[str, str] = {}

    def page_of(window: WindowOfMonitor) -> str | None:
        return report_page(clients, monitor, window)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        pages = pool.map(page_of, wanted.values())
        for name, page in zip(wanted, pages, strict=True):
            if page:
                place = folder / monitor.name / f"{name}.html"
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(page, encoding="utf-8")
                found[name] = f"{monitor.name}/{name}.html"
    return found


def _write(path: Path, template: str, **values: object) -> None:
    pages = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
    pages.filters |= {"moment": _moment, "effects": effects, "timeline": timeline, "spark": spark, "size": _size}
    given = {"now": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "listed": _LISTED, "shown": _SHOWN, **values}
    path.write_text(pages.get_template(template).render(**given), encoding="utf-8")


def _moment(when: object) -> str:
    if isinstance(when, datetime):
        return f"{when.astimezone(UTC):%Y-%m-%d %H:%M}"
    text = str(when)
    if text.isdigit():
        return f"{datetime.fromtimestamp(int(text), UTC):%Y-%m-%d %H:%M}"
    return text[:16].replace("T", " ")


def _size(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1e6 else "beyond measure"
