"""Applications that have run for too long: which, what becomes of them, and what is told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.studio_backstop.logic import Backstop

NOW = 1_800_000_000.0
HOUR = 3600.0


class RefusedError(Exception):
    """An answer of the API with a code."""


class Aws:
    """A domain whose list has pages of one, and CloudWatch."""

    def __init__(self, *apps: dict[str, Any]) -> None:
        self.apps = list(apps)
        self.deleted: list[dict[str, Any]] = []
        self.metrics: dict[str, int] = {}
        self.refusals: dict[str, str] = {}

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation == "list_apps":
            assert arguments["DomainIdEquals"] == "d-one"
            page = int(arguments.get("NextToken", 0))
            more = {"NextToken": str(page + 1)} if page + 1 < len(self.apps) else {}
            return {"Apps": self.apps[page : page + 1], **more}
        if operation == "put_metric_data":
            assert arguments["Namespace"] == "SageMakerConstructs/Studio"
            self.metrics = {each["MetricName"]: each["Value"] for each in arguments["MetricData"]}
            return {}
        assert operation == "delete_app"
        if refusal := self.refusals.get(arguments.get("SpaceName", "")):
            raise RefusedError(refusal)
        self.deleted.append(arguments)
        return {}

    def code_of(self, error: Exception) -> str | None:
        return str(error) if isinstance(error, RefusedError) else None

    def look(self, *, deletes: bool = True) -> dict[str, Any]:
        return Backstop("d-one", round(24 * HOUR), deletes, self, self, lambda: NOW).look()


def _app(space: str, hours: float, kind: str = "JupyterLab", status: str = "InService") -> dict[str, Any]:
    began = datetime.fromtimestamp(NOW - hours * HOUR, UTC)
    return {"SpaceName": space, "AppType": kind, "AppName": "default", "Status": status, "CreationTime": began}


def test_what_began_before_is_deleted_and_what_began_since_is_not() -> None:
    aws = Aws(_app("old", 24.01), _app("young", 23.99))
    assert aws.look() == {"found": ["old/JupyterLab/default"], "deleted": ["old/JupyterLab/default"]}
    assert aws.deleted == [
        {"DomainId": "d-one", "SpaceName": "old", "AppType": "JupyterLab", "AppName": "default"},
    ]
    assert aws.metrics == {"LongRunningApplications": 1, "DeletedApplications": 1}


def test_what_people_own_themselves_is_named_by_them() -> None:
    canvas = {"UserProfileName": "ann", **_app("", 30, "Canvas")}
    del canvas["SpaceName"]
    aws = Aws(canvas)
    aws.look()
    assert aws.deleted == [
        {"DomainId": "d-one", "UserProfileName": "ann", "AppType": "Canvas", "AppName": "default"},
    ]


@pytest.mark.parametrize("status", ["Deleted", "Deleting", "Failed", "Pending"])
def test_what_does_not_run_is_left(status: str) -> None:
    aws = Aws(_app("old", 99, status=status))
    assert aws.look() == {"found": [], "deleted": []}
    assert aws.metrics == {"LongRunningApplications": 0, "DeletedApplications": 0}


def test_what_belongs_to_the_domain_is_left() -> None:
    assert Aws(_app("old", 99, "RStudioServerPro")).look() == {"found": [], "deleted": []}


def test_a_dry_run_counts_alone() -> None:
    aws = Aws(_app("old", 99))
    assert aws.look(deletes=False) == {"found": ["old/JupyterLab/default"], "deleted": []}
    assert aws.deleted == []
    assert aws.metrics == {"LongRunningApplications": 1, "DeletedApplications": 0}


def test_what_just_went_is_no_failure() -> None:
    aws = Aws(_app("old", 99))
    aws.refusals["old"] = "ResourceNotFound"
    aws.look()


def test_one_refusal_keeps_neither_the_others_nor_the_metric() -> None:
    aws = Aws(_app("first", 99), _app("second", 99))
    aws.refusals["first"] = "AccessDeniedException"
    with pytest.raises(RefusedError, match="AccessDeniedException"):
        aws.look()
    assert [each["SpaceName"] for each in aws.deleted] == ["second"]
    assert aws.metrics == {"LongRunningApplications": 2, "DeletedApplications": 1}


def test_an_application_that_is_no_record_any_more_is_no_failure() -> None:
    aws = Aws(_app("old", 99))
    aws.refusals["old"] = "ValidationException: RecordNotFound"
    aws.look()
