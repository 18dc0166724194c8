"""docs/moving-from-the-console.md: what was made by hand comes under the care of a stack, as it is."""

import json
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.aws_clients import Clients, wait_for
from harness.documents import PROJECT, blocks
from harness.published_stack import Cdk

PAGE = PROJECT / "docs" / "moving-from-the-console.md"
[APP] = [block.body for block in blocks(PAGE, "python") if "App()" in block.body]
[MAPPING] = [block.body for block in blocks(PAGE, "json")]
[COMMANDS] = [block.body for block in blocks(PAGE, "sh")]
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
WITHOUT_KEY = APP.replace("OnlineStore(encryption_key=key)", "OnlineStore()")


@pytest.fixture
def by_hand(client: Clients) -> Iterator[None]:
    """A bucket with an object, a group of features with a record, and a group of models with a version."""
    s3, sagemaker = client("s3"), client("sagemaker")
    s3.create_bucket(Bucket="churn-data")
    s3.put_object(Bucket="churn-data", Key="rows.csv", Body=b"1,2")
    sagemaker.create_feature_group(
        FeatureGroupName="customers",
        RecordIdentifierFeatureName="customer",
        EventTimeFeatureName="at",
        FeatureDefinitions=[
            {"FeatureName": name, "FeatureType": kind}
            for name, kind in (("customer", "String"), ("at", "String"), ("calls", "Integral"))
        ],
        OnlineStoreConfig={
            "EnableOnlineStore": True,
            "SecurityConfig": {"KmsKeyId": KEY},
            "StorageType": "Standard",
        },
    )
    record = {"customer": "c-1", "at": "2026-11-30T00:00:00Z", "calls": "3"}
    client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName="customers",
        Record=[{"FeatureName": name, "ValueAsString": value} for name, value in record.items()],
    )
    sagemaker.create_model_package_group(ModelPackageGroupName="churn-by-hand")
    yield
    for each in s3.list_objects_v2(Bucket="churn-data").get("Contents", []):
        s3.delete_object(Bucket="churn-data", Key=each["Key"])
    s3.delete_bucket(Bucket="churn-data")
    sagemaker.delete_feature_group(FeatureGroupName="customers")
    sagemaker.delete_model_package_group(ModelPackageGroupName="churn-by-hand")


def _cdk(cdk: Cdk, folder: Path, app: str, *arguments: str) -> str:
    """What a command of the page prints, with the tests' own Python."""
    (folder / "app.py").write_text(app)
    done = cdk(*arguments, "--app", shlex.join([sys.executable, "app.py"]))
    return done.stdout if done.returncode == 0 else f"failed: {done.stdout}"


def _arguments(command: str) -> list[str]:
    """Those of a command of the page, without the program of the app."""
    _, *arguments = shlex.split(command)
    position = arguments.index("--app")
    return [*arguments[:position], *arguments[position + 2 :]]


@pytest.mark.usefixtures("by_hand")
def test_what_was_made_by_hand_is_imported_as_it_is(cdk: Cdk, client: Clients, tmp_path: Path) -> None:
    adopt, deploy, _ = COMMANDS.splitlines()
    (tmp_path / "existing.json").write_text(MAPPING)
    assert cdk("bootstrap", "aws://123456789012/us-east-1").returncode == 0

    refused = _cdk(cdk, tmp_path, WITHOUT_KEY, *_arguments(adopt))
    assert "Unresolved resource dependencies [SageMakerKey" in refused

    adopted = _cdk(cdk, tmp_path, APP, *_arguments(adopt))
    assert "✅" in adopted
    assert adopted.count("importing using") == 3
    formation = client("cloudformation")
    assert formation.describe_stacks(StackName="Existing")["Stacks"][0]["StackStatus"] == "IMPORT_COMPLETE"

    assert "✅" in _cdk(cdk, tmp_path, APP, *_arguments(deploy))
    resources = formation.list_stack_resources(StackName="Existing")["StackResourceSummaries"]
    owned = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
    named = {name: next(iter(value.values())) for name, value in json.loads(MAPPING).items()}
    assert named.items() <= owned.items()
    online = client("sagemaker-featurestore-runtime")
    record = online.get_record(FeatureGroupName="customers", RecordIdentifierValueAsString="c-1")["Record"]
    assert {each["FeatureName"]: each["ValueAsString"] for each in record}["calls"] == "3"

    formation.detect_stack_drift(StackName="Existing")
    drifts = wait_for(
        lambda: formation.describe_stack_resource_drifts(StackName="Existing")["StackResourceDrifts"], bool
    )
    assert [each["PropertyDifferences"] for each in drifts if each["StackResourceDriftStatus"] == "MODIFIED"] == []

    # Its key is one of what cannot change: another one would be another group, of a name that is taken.
    other = APP.replace("1234abcd-12ab", "1234abcd-12ac")
    assert "failed: " in _cdk(cdk, tmp_path, other, *_arguments(deploy))
    assert client("sagemaker").describe_feature_group(FeatureGroupName="customers")["OnlineStoreConfig"][
        "SecurityConfig"
    ] == {"KmsKeyId": KEY}

    assert "✅" in _cdk(cdk, tmp_path, APP, "destroy", "--force")
    assert client("s3").get_object(Bucket="churn-data", Key="rows.csv")["Body"].read() == b"1,2"
    assert client("sagemaker").describe_feature_group(FeatureGroupName="customers")["FeatureGroupStatus"] == "Created"


def test_endpoints_are_not_imported(client: Clients) -> None:
    formation = client("cloudformation")
    properties = {"EndpointName": "churn", "EndpointConfigName": "churn"}
    resource = {"Type": "AWS::SageMaker::Endpoint", "DeletionPolicy": "Retain", "Properties": properties}
    with pytest.raises(formation.exceptions.ClientError) as error:
        formation.create_change_set(
            StackName="adopted",
            ChangeSetName="adopted",
            ChangeSetType="IMPORT",
            TemplateBody=json.dumps({"Resources": {"Churn": resource}}),
            ResourcesToImport=[
                {
                    "ResourceType": "AWS::SageMaker::Endpoint",
                    "LogicalResourceId": "Churn",
                    "ResourceIdentifier": {"EndpointName": "churn"},
                }
            ],
        )
    assert "ResourceTypes [AWS::SageMaker::Endpoint] are not supported for Import" in str(error.value)
    told = formation.get_template_summary(TemplateBody=json.dumps({"Resources": {"Churn": resource}}))
    assert told["ResourceIdentifierSummaries"] == []


def test_a_template_names_only_what_it_has(client: Clients) -> None:
    formation = client("cloudformation")
    group = {"ModelPackageGroupName": {"Fn::Sub": "${Name}-${AWS::Region}-${!Name}"}, "Tags": [{"Ref": "Tag"}]}
    template = {"Resources": {"Group": {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": group}}}
    with pytest.raises(formation.exceptions.ClientError) as error:
        formation.create_stack(StackName="lost", TemplateBody=json.dumps(template))
    assert "Unresolved resource dependencies [Name, Tag] in the Resources block of the template" in str(error.value)
