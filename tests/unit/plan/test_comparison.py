"""What follows from what: within a stack, through exports and through Parameter Store."""

from collections.abc import Mapping
from typing import Any

from sagemaker_constructs.plan import ChangeAction, compare, report_changes

_KEY = "/churn/model-url"


def _serving(image: str, **model: Any) -> dict[str, Any]:
    return {
        "Parameters": {"Url": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": _KEY}},
        "Resources": {
            "Model": {
                "Type": "AWS::SageMaker::Model",
                "Properties": {"PrimaryContainer": {"Image": image, "ModelDataUrl": {"Ref": "Url"}}, **model},
            },
            "Config": {
                "Type": "AWS::SageMaker::EndpointConfig",
                "Properties": {"ProductionVariants": [{"ModelName": {"Fn::GetAtt": ["Model", "ModelName"]}}]},
            },
            "Endpoint": {
                "Type": "AWS::SageMaker::Endpoint",
                "Properties": {"EndpointConfigName": {"Fn::GetAtt": ["Config", "EndpointConfigName"]}},
            },
        },
    }


def _training(seed: str) -> dict[str, Any]:
    return {
        "Resources": {
            "Job": {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": f'{{"seed": {seed}}}'}},
            "Pointer": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {"Name": _KEY, "Type": "String", "Value": {"Fn::GetAtt": ["Job", "ModelArtifactUrl"]}},
            },
        }
    }


def _actions(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    return {each.logical_id: each.action.value for each in compare(old, new)}


def test_an_image_rolls_the_endpoint_behind_its_model() -> None:
    """The second judge misses the endpoint: see test_second_judge."""
    report = report_changes({"serving": _serving("a")}, {"serving": _serving("b")})
    assert {each.logical_id: each.action for each in report.changes} == {
        "Model": ChangeAction.REPLACE,
        "Config": ChangeAction.REPLACE,
        "Endpoint": ChangeAction.UPDATE,
    }
    [rolling] = report.interruptions
    assert (rolling.logical_id, rolling.kind, rolling.certain) == ("Endpoint", "rolls", True)


def test_what_a_job_makes_may_roll_the_endpoint_of_another_stack() -> None:
    old = {"training": _training("1"), "serving": _serving("a")}
    new = {"training": _training("2"), "serving": _serving("a")}
    assert _actions(old, new) == {
        "Job": "update",
        "Pointer": "update",
        "Model": "may replace",
        "Config": "may replace",
        "Endpoint": "update",
    }
    [rolling] = report_changes(old, new).interruptions
    assert (rolling.kind, rolling.certain) == ("rolls", False)


def test_a_new_stack_is_all_made_and_one_that_is_gone_is_left_alone() -> None:
    report = report_changes({"before": _serving("a")}, {"after": _serving("a")})
    assert {each.action for each in report.changes} == {ChangeAction.CREATE}
    assert report.left == ("before",)


def test_a_type_without_a_schema_is_replaced_perhaps() -> None:
    old, new = ({"s": {"Resources": {"X": {"Type": "AWS::Quantum::Thing", "Properties": {"A": n}}}}} for n in (1, 2))
    assert _actions(old, new) == {"X": "may replace"}


def test_a_nested_property_replaces_by_itself() -> None:
    def group(**online: Any) -> dict[str, Any]:
        group = {"FeatureGroupName": "a", "OnlineStoreConfig": {"EnableOnlineStore": True, **online}}
        return {"s": {"Resources": {"G": {"Type": "AWS::SageMaker::FeatureGroup", "Properties": group}}}}

    assert _actions(group(), group(TtlDuration={"Unit": "Days", "Value": 7})) == {"G": "update"}
    assert _actions(group(), group(SecurityConfig={"KmsKeyId": "a"})) == {"G": "replace"}
