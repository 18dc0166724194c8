"""A deployed feature group: it grows in place, keeps what cannot change, and outlives its stack."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk

import sagemaker_constructs as sm
from harness.aws_clients import Clients, refused, wait_for
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


def test_what_is_said_of_features_changes_without_the_group(client: Clients, tmp_path: Path) -> None:
    def told(descriptions: dict[str, str], parameters: dict[str, dict[str, str]]) -> sm.FeatureSchema:
        return replace(GROWN, descriptions=descriptions, parameters=parameters)

    first = told({"calls": "of the last month"}, {"calls": {"owner": "risk", "source": "billing"}})
    stack = deploy(client, "told", lambda scope: _group(scope, first), context={}, outdir=tmp_path / "first")
    [output] = stack.describe()["Outputs"]
    name, sagemaker = output["OutputValue"], client("sagemaker")
    made = sagemaker.describe_feature_group(FeatureGroupName=name)["CreationTime"]

    def said(feature: str) -> tuple[str | None, dict[str, str]]:
        known = sagemaker.describe_feature_metadata(FeatureGroupName=name, FeatureName=feature)
        assert known["FeatureType"] == GROWN.features[feature]
        return known.get("Description"), {each["Key"]: each["Value"] for each in known["Parameters"]}

    assert said("calls") == ("of the last month", {"owner": "risk", "source": "billing"})
    assert said("age") == (None, {})
    second = told({"age": "in years"}, {"calls": {"owner": "sales"}})
    changed = update(client, stack, lambda scope: _group(scope, second), outdir=tmp_path / "second")
    assert changed == "UPDATE_COMPLETE", stack.reasons()
    assert said("calls") == (None, {"owner": "sales"})
    assert said("age") == ("in years", {})
    assert sagemaker.describe_feature_group(FeatureGroupName=name)["CreationTime"] == made
    code, _ = refused(sagemaker.describe_feature_metadata, FeatureGroupName=name, FeatureName="none")
    assert code == "ResourceNotFound"
    many = [{"Key": f"k{each}", "Value": "v"} for each in range(25)]
    code, message = refused(
        sagemaker.update_feature_metadata, FeatureGroupName=name, FeatureName="calls", ParameterAdditions=many
    )
    assert (code, "more than 25 parameters" in message) == ("ValidationException", True)
