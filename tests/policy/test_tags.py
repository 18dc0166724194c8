"""Tags of the platform reach every resource that can change its tags, and no other."""

from typing import Any, cast

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from harness.platform_templates import ENVIRONMENTS, synthesized
from sagemaker_constructs.core.tagging import UNTAGGED


def _create_only(kind: str) -> bool:
    schema = cast(Any, PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind)).schema
    return "/properties/Tags" in schema.get("createOnlyProperties", [])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_resource_fails_or_is_replaced_for_a_tag(environment: str) -> None:
    tagged = {
        resource["Type"]
        for stack in synthesized(environment)
        for resource in stack.resources("AWS::").values()
        if "Tags" in resource["Properties"]
    }
    assert {"AWS::S3::Bucket", "AWS::SageMaker::Endpoint"} <= tagged
    assert [kind for kind in sorted(tagged) if kind in UNTAGGED or _create_only(kind)] == []


def test_sagemaker_s_types_that_a_tag_would_replace_are_left_out() -> None:
    every = PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1")
    replaced = {kind for kind in every if kind.startswith("AWS::SageMaker::") and _create_only(kind)}
    assert replaced <= set(UNTAGGED)
    assert set(UNTAGGED) - replaced == {"AWS::Batch::ComputeEnvironment", "AWS::SageMaker::ModelPackage"}
    assert _create_only("AWS::Batch::ComputeEnvironment")
