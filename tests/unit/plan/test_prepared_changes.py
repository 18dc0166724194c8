"""The report calls forty changes by what CloudFormation does, and says nothing about twenty harmless ones.

What CloudFormation does is measured in tests/emulator/cloudformation/test_planned_changes.py.
"""

import pytest

from harness.plan.harmless import HARMLESS, HarmlessChange, template
from harness.plan.prepared import PREPARED, PreparedChange
from sagemaker_constructs.plan import ChangeAction, ChangeReport, report_changes


def report_of(change: PreparedChange) -> ChangeReport:
    outputs = {"Outputs": change.exported} if change.exported else {}
    importer = {"importing": {"Resources": change.importer}} if change.importer else {}
    before = {"planned": {"Resources": change.before, **outputs}, **importer}
    after = {"planned": {"Resources": change.after, **outputs}, **importer}
    return report_changes(before, after)


def _logical_ids(report: ChangeReport, *actions: ChangeAction) -> set[str]:
    return {each.logical_id for each in report.changes if each.action in actions and each.stack == "planned"}


def test_there_are_forty_and_twenty() -> None:
    assert len({each.name for each in PREPARED}) == 40
    assert len({each.name for each in HARMLESS}) == 20
    assert sum(bool(each.refused) for each in PREPARED) >= 10


@pytest.mark.parametrize("change", [each for each in PREPARED if not each.refused], ids=lambda each: each.name)
def test_a_change_is_called_what_it_is(change: PreparedChange) -> None:
    report = report_of(change)
    assert report.refused == ()
    assert _logical_ids(report, ChangeAction.REPLACE) == set(change.replaced)
    assert _logical_ids(report, ChangeAction.UPDATE) == set(change.updated)
    assert _logical_ids(report, ChangeAction.DELETE, ChangeAction.KEEP) == set(change.deleted)
    assert _logical_ids(report, ChangeAction.MAY_REPLACE) == set()
    assert {(each.logical_id, each.kind) for each in report.data} == set(change.data)
    assert {(each.logical_id, each.kind) for each in report.interruptions} == set(change.serving)


@pytest.mark.parametrize("change", [each for each in PREPARED if each.refused], ids=lambda each: each.name)
def test_a_change_that_aws_refuses_is_called_so(change: PreparedChange) -> None:
    assert change.refused in {each.rule for each in report_of(change).refused}


@pytest.mark.parametrize("change", HARMLESS, ids=lambda each: each.name)
def test_nothing_is_said_about_what_means_the_same(change: HarmlessChange) -> None:
    before = change.before or template()
    report = report_changes({"app": before}, {"app": change.after}, contents=change.contents)
    assert [(each.logical_id, each.action, each.properties) for each in report.changes] == []
    assert (report.data, report.interruptions, report.widened, report.refused) == ((), (), (), ())


def test_the_harmless_template_is_not_empty_handed() -> None:
    report = report_changes({"app": template()}, {"app": template(isolation=False, definition="{}")})
    assert _of(report) == {"Model": "replace", "Config": "replace", "Machine": "update"}


def _of(report: ChangeReport) -> dict[str, str]:
    return {each.logical_id: each.action.value for each in report.changes}
