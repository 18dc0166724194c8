from typing import Any, cast

from aws_cdk import Stack
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk.assertions import Template

from sagemaker_constructs.core.tagging import add_tags

TAGS = [{"Key": "team", "Value": "risk"}]


def test_a_version_of_a_model_package_takes_no_tags_and_its_group_does(stack: Stack) -> None:
    group = sagemaker.CfnModelPackageGroup(stack, "Group", model_package_group_name="churn")
    sagemaker.CfnModelPackage(stack, "Version", model_package_group_name=group.ref)

    add_tags(stack, {"team": "risk"})

    found = cast(Any, Template.from_stack(stack).to_json())["Resources"]
    assert {name: resource["Properties"].get("Tags") for name, resource in found.items()} == {
        "Group": TAGS,
        "Version": None,
    }
