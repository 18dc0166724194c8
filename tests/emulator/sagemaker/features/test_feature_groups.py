"""A deployed feature group: it grows in place, keeps what cannot change, and outlives its stack."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk

import sagemaker_constructs as sm
from harness.aws_clients import Clients, wait_for
from harness.features.records import offline
from harness.published_stack import deploy, update

CUSTOMERS = sm.FeatureSchema("customer", "at", {"customer": "String", "at": "String", "calls": "Integral"})
GROWN = sm.FeatureSchema("customer", "at", {**CUSTOMERS.features, "age": "Integral"})


def _group(stack: cdk.Stack, schema: sm.FeatureSchema, days: int = 30, **given: Any) -> None:
    online = sm.OnlineStore(time_to_live=cdk.Duration.days(days))
    group = sm.FeatureGroup(stack, "Customers", schema=schema, online=online, **given)
    cdk.CfnOutput(stack, "Name", value=group.name)


def test_a_group_grows_in_place_and_outlives_its_stack(client: Clients, tmp_path: Path) -> None:
    stack = deploy(client, "customers", lambda scope: _group(scope, CUSTOMERS), context={}, outdir=tmp_path)
    [output] = stack.describe()["Outputs"]
    name, sagemaker = output["OutputValue"], client("sagemaker")

    def features() -> list[str]:
        described = sagemaker.describe_feature_group(FeatureGroupName=name)
        return [each["FeatureName"] for each in described["FeatureDefinitions"]]

    assert features() == ["customer", "at", "calls"]
    assert (
        update(client, stack, lambda scope: _group(scope, GROWN, 7), outdir=tmp_path / "grown") == "UPDATE_COMPLETE"
    )
    assert features() == ["customer", "at", "calls", "age"]
    online = sagemaker.describe_feature_group(FeatureGroupName=name)["OnlineStoreConfig"]
    assert (online["EnableOnlineStore"], online["TtlDuration"]["Value"]) == (True, 7 * 86_400)
    assert online["SecurityConfig"]["KmsKeyId"].startswith("arn:aws:kms:")

    replaced = update(
        client, stack, lambda scope: _group(scope, GROWN, 7, description="ours"), outdir=tmp_path / "ours"
    )
    assert replaced == "UPDATE_ROLLBACK_COMPLETE"
    assert any("already exist" in reason.lower() for reason in stack.reasons()), stack.reasons()
    removed = update(client, stack, lambda scope: _group(scope, CUSTOMERS, 7), outdir=tmp_path / "removed")
    assert removed == "UPDATE_ROLLBACK_COMPLETE", stack.reasons()
    assert features() == ["customer", "at", "calls", "age"]

    runtime = client("sagemaker-featurestore-runtime")
    values = {"customer": "a", "at": "2026-11-29T06:00:00Z", "age": "40"}
    record = [{"FeatureName": feature, "ValueAsString": value} for feature, value in values.items()]
    runtime.put_record(FeatureGroupName=name, Record=record)
    assert runtime.get_record(FeatureGroupName=name, RecordIdentifierValueAsString="a")["Record"] == record
    wait_for(lambda: offline(client, name), bool)
    assert stack.delete() == "DELETE_COMPLETE"
    assert features() == ["customer", "at", "calls", "age"]
    assert [row["age"] for row in offline(client, name)] == [40]
