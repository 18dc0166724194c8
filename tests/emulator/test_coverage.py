"""The README's table of what is real is what the rooms of the emulator state."""

from pathlib import Path

from emulator import coverage
from emulator.jobs.table import job_rows
from emulator.launcher import PROJECT

SERVICES = PROJECT / "emulator" / "services"


def test_the_readme_has_the_present_table() -> None:
    text = (PROJECT / "emulator" / "README.md").read_text()
    assert coverage.with_table(text) == text, "Run: .venv-emulator/bin/python -m emulator.coverage"


def test_every_service_and_every_kind_of_job_that_runs_states_its_coverage() -> None:
    stated = {name for name, _ in coverage.coverage()}
    services = {f"emulator.services.{path.stem}" for path in SERVICES.iterdir() if _is_service(path)}
    kinds = {f"emulator.jobs.{row.room}" for row in job_rows().values()}
    assert services | kinds <= stated


def test_areas_are_named_once() -> None:
    areas = [row.area for _, row in coverage.coverage()]
    assert len(areas) == len(set(areas))


def _is_service(path: Path) -> bool:
    return path.stem not in ("__init__", "__pycache__", "clock", "judged_calls") and (
        path.is_dir() or path.suffix == ".py"
    )
