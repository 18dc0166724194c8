"""An alias moves to the newest version, against a SageMaker in memory that may fail at each call."""

from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from lambdas.pipeline_alias.logic import point


class SageMaker(ServicesInMemory):
    """Versions on pages of two, as SageMaker keeps them."""

    def __init__(self, *aliases: list[str]) -> None:
        super().__init__()
        self.aliases = [list[str](names) for names in aliases]

    def list_pipeline_versions(self, **asked: Any) -> dict[str, Any]:
        if asked["PipelineName"] == "gone":
            raise ServiceError("ResourceNotFound")
        begin = int(asked.get("NextToken", 0))
        versions = [
            {"PipelineArn": "arn", "PipelineVersionId": index + 1, "PipelineVersionAliases": [*names]}
            for index, names in enumerate(self.aliases)
        ][begin : begin + 2]
        following = {"NextToken": str(begin + 2)} if begin + 2 < len(self.aliases) else {}
        return {"PipelineVersionSummaries": versions, **following}

    def update_pipeline_version(self, **asked: Any) -> dict[str, Any]:
        own = self.aliases[int(asked["PipelineVersionId"]) - 1]
        operations = asked["PipelineVersionAliasOperations"]
        for alias in operations.get("Add", []):
            if any(alias in names for names in self.aliases):
                raise ServiceError("ConflictException")
            own.append(alias)
        for alias in operations.get("Remove", []):
            own.remove(alias)
        return {}


def request(kind: str, name: str = "churn", physical: str = "churn/live") -> dict[str, Any]:
    properties = {"PipelineName": name, "Alias": "live"}
    return {"RequestType": kind, "ResourceProperties": properties, "PhysicalResourceId": physical}


@pytest.mark.parametrize("before", [[[]], [["live"]], [["live", "kept"], [], []], [[], [], ["live"]]])
@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_the_newest_version_gets_it(kind: str, before: list[list[str]]) -> None:
    api = SageMaker(*before)
    assert point(request(kind), api) == "churn/live"
    assert [("live" in names) for names in api.aliases] == [False] * (len(before) - 1) + [True]
    assert sum("kept" in names for names in api.aliases) == sum("kept" in names for names in before)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_whoever_dies_on_the_way_leaves_what_the_next_one_mends(calls: int, after: bool) -> None:
    api = SageMaker(["live"], [], [])
    api.calls_until_death, api.dies_after_the_call = calls, after
    with pytest.raises(KilledError):
        point(request("Update"), api)
    api.calls_until_death = None
    point(request("Update"), api)
    assert api.aliases == [[], [], ["live"]]


def test_deleting_takes_it_and_nothing_else() -> None:
    api = SageMaker(["kept"], ["live"])
    assert point(request("Delete"), api) == "churn/live"
    assert api.aliases == [["kept"], []]
    assert point(request("Delete", physical="gone/live"), api) == "gone/live"
    # What was never created has an id of CloudFormation's own.
    assert point(request("Delete", physical="0b1d"), SageMaker()) == "0b1d"


def test_a_pipeline_that_is_gone_cannot_be_pointed_at() -> None:
    with pytest.raises(ServiceError, match="ResourceNotFound"):
        point(request("Create", name="gone"), SageMaker())
