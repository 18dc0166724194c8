"""Data that loses its protection, beside what prepared changes cover."""

from typing import Any

import pytest

from sagemaker_constructs.plan import report_changes


def _bucket(policy: str = "Retain", **properties: Any) -> dict[str, Any]:
    bucket = {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": policy,
        "UpdateReplacePolicy": policy,
        "Properties": properties,
    }
    return {"app": {"Resources": {"Data": bucket}}}


def _said(before: Any, after: Any) -> list[tuple[str, str]]:
    return [(each.kind, each.message.partition(":")[0]) for each in report_changes(before, after).data]


def test_a_retention_that_goes_is_said_before_it_matters() -> None:
    assert _said(_bucket(), _bucket("Delete")) == [
        ("unprotected", "DeletionPolicy becomes Delete"),
        ("unprotected", "UpdateReplacePolicy becomes Delete"),
    ]


def test_suspended_versioning_is_said() -> None:
    on, off = (_bucket(VersioningConfiguration={"Status": status}) for status in ("Enabled", "Suspended"))
    assert _said(on, off) == [("unprotected", "versioning is suspended")]


@pytest.mark.parametrize(
    ("before", "after", "said"), [(None, 30, True), (90, 30, True), (30, 90, False), (30, None, False)]
)
def test_a_rule_that_expires_sooner_is_said(before: int | None, after: int | None, said: bool) -> None:
    def expiring(days: int | None) -> dict[str, Any]:
        rules = [{"Id": "old", "Status": "Enabled", "ExpirationInDays": days}] if days else []
        return _bucket(LifecycleConfiguration={"Rules": rules})

    assert bool(_said(expiring(before), expiring(after))) == said


def test_a_replacement_loses_data_that_only_one_of_the_two_policies_keeps() -> None:
    before = _bucket(BucketName="before")
    after = _bucket(BucketName="after")
    after["app"]["Resources"]["Data"]["UpdateReplacePolicy"] = "Delete"
    assert ("lost", "replaced for BucketName") in _said(before, after)
