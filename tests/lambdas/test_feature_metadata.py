"""What is said of features: written once, changed in part, taken away, and found when a feature has just come."""

import json
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.feature_metadata.logic import Waits, write

Said = dict[str, dict[str, Any]]
CALLS = {"calls": {"description": "of the last month", "parameters": {"owner": "risk"}}}


class SageMaker(ServicesInMemory):
    """A group whose features may take some looks until they are there."""

    def __init__(self, *features: str, late: int = 0) -> None:
        super().__init__()
        self.said: dict[str, dict[str, Any]] = {name: {"Description": "", "Parameters": {}} for name in features}
        self.late = late
        self.updates = 0

    def describe_feature_metadata(self, FeatureGroupName: str, FeatureName: str) -> dict[str, Any]:  # noqa: N803 - as the API calls it
        assert FeatureGroupName == "customers"
        if self.late or FeatureName not in self.said:
            self.late -= 1
            raise ServiceError("ResourceNotFound")
        told = self.said[FeatureName]
        parameters = [{"Key": key, "Value": value} for key, value in told["Parameters"].items()]
        return {**({"Description": told["Description"]} if told["Description"] else {}), "Parameters": parameters}

    def update_feature_metadata(self, FeatureGroupName: str, FeatureName: str, **changes: Any) -> dict[str, Any]:  # noqa: N803 - as the API calls it
        assert FeatureGroupName == "customers"
        self.updates += 1
        told = self.said[FeatureName]
        told["Description"] = changes.get("Description", told["Description"])
        for key in changes.get("ParameterRemovals", ()):
            del told["Parameters"][key]
        told["Parameters"] |= {each["Key"]: each["Value"] for each in changes.get("ParameterAdditions", ())}
        assert len(told["Parameters"]) <= 25
        return {}

    def write(self, stated: Said, before: Said | None = None, *, kind: str = "Update") -> str:
        event: dict[str, Any] = {
            "RequestType": kind,
            "PhysicalResourceId": "customers",
            "ResourceProperties": {"Group": "customers", "Features": json.dumps(stated)},
        }
        if before is not None:
            event["OldResourceProperties"] = {"Group": "customers", "Features": json.dumps(before)}
        return write(event, self, Waits(tries=3, sleep=lambda _: None))


def test_it_is_written_and_not_written_again() -> None:
    sagemaker = SageMaker("calls", "age")
    assert sagemaker.write(CALLS, kind="Create") == "customers"
    assert sagemaker.said["calls"] == {"Description": "of the last month", "Parameters": {"owner": "risk"}}
    assert sagemaker.said["age"] == {"Description": "", "Parameters": {}}
    sagemaker.write(CALLS, CALLS)
    assert sagemaker.updates == 1


def test_what_is_not_stated_any_more_is_taken_away_and_what_people_wrote_stays() -> None:
    sagemaker = SageMaker("calls", "age")
    sagemaker.said["calls"]["Parameters"]["seen-by"] = "ann"
    sagemaker.said["age"]["Description"] = "in years"
    sagemaker.write(CALLS, kind="Create")
    sagemaker.write({}, CALLS)
    assert sagemaker.said["calls"] == {"Description": "", "Parameters": {"seen-by": "ann"}}
    assert sagemaker.said["age"]["Description"] == "in years"


def test_25_parameters_are_exchanged_for_25_others() -> None:
    sagemaker = SageMaker("calls")
    first, second = ({"calls": {"parameters": {f"{name}{each}": "1" for each in range(25)}}} for name in "ab")
    sagemaker.write(first, kind="Create")
    sagemaker.write(second, first)
    assert sagemaker.said["calls"]["Parameters"] == second["calls"]["parameters"]


def test_a_feature_that_has_just_come_is_waited_for() -> None:
    sagemaker = SageMaker("calls", late=2)
    sagemaker.write(CALLS, kind="Create")
    assert sagemaker.said["calls"]["Description"] == "of the last month"


def test_a_feature_that_never_comes_is_a_failure() -> None:
    with pytest.raises(ServiceError, match="ResourceNotFound"):
        SageMaker("age").write(CALLS, kind="Create")


def test_a_deletion_leaves_everything() -> None:
    sagemaker = SageMaker("calls")
    sagemaker.write(CALLS, kind="Create")
    assert sagemaker.write(CALLS, kind="Delete") == "customers"
    assert sagemaker.said["calls"]["Description"] == "of the last month"


@pytest.mark.parametrize("calls", range(4))
@pytest.mark.parametrize("after", [False, True])
def test_what_was_cut_short_is_completed(calls: int, *, after: bool) -> None:
    sagemaker = SageMaker("calls", "age")
    stated: Said = {**CALLS, "age": {"description": "in years"}}
    sagemaker.calls_until_death, sagemaker.dies_after_the_call = calls, after
    with pytest.raises(KilledError):
        sagemaker.write(stated, kind="Create")
    sagemaker.calls_until_death = None
    sagemaker.write(stated, kind="Create")
    assert sagemaker.said["age"]["Description"] == "in years"
    assert sagemaker.said["calls"]["Parameters"] == {"owner": "risk"}
