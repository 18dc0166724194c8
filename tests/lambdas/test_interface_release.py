"""The wait for network interfaces, against an EC2 whose interfaces go one after the other."""

from typing import Any

import pytest

from lambdas.interface_release.logic import Looks, StillInUseError, release

GROUP, ROLE = "sg-0a1b2c3d", "AROAEXAMPLE"


def _event(request: str, **properties: Any) -> dict[str, Any]:
    return {
        "RequestType": request,
        "LogicalResourceId": "Release",
        "ResourceProperties": {"SecurityGroupIds": [GROUP], **properties},
        **({} if request == "Create" else {"PhysicalResourceId": "Release"}),
    }


def _interface(name: str, *, group: str = GROUP, requester: str | None = None) -> dict[str, Any]:
    made_by = {"RequesterId": requester} if requester else {}
    return {"NetworkInterfaceId": name, "Groups": [{"GroupId": "sg-other"}, {"GroupId": group}], **made_by}


class FakeEc2:
    """Each look takes the next of ``looks``, and the last stays; a look has pages of one interface."""

    def __init__(self, *looks: list[dict[str, Any]]) -> None:
        self.looks = list(looks)
        self.pauses: list[float] = []

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        assert operation == "describe_network_interfaces"
        assert arguments["Filters"] == [{"Name": "group-id", "Values": [GROUP]}]
        interfaces = self.looks[0]
        page = int(arguments.get("NextToken", 0))
        if page + 1 < len(interfaces):
            return {"NetworkInterfaces": [interfaces[page]], "NextToken": str(page + 1)}
        if len(self.looks) > 1:
            self.looks.pop(0)
        return {"NetworkInterfaces": interfaces[page : page + 1]}

    def patience(self, tries: int = 5) -> Looks:
        return Looks(tries=tries, seconds=10, sleep=self.pauses.append)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_only_a_deletion_looks(request_type: str) -> None:
    assert release(_event(request_type), FakeEc2([_interface("eni-1")])) == "Release"


def test_a_deletion_ends_with_the_last_interface() -> None:
    first, second = _interface("eni-1"), _interface("eni-2")
    ec2 = FakeEc2([first, second], [second], [])
    assert release(_event("Delete"), ec2, ec2.patience()) == "Release"
    assert ec2.pauses == [10, 10]


def test_interfaces_that_stay_are_named_and_no_pause_follows_the_last_look() -> None:
    ec2 = FakeEc2([_interface("eni-2"), _interface("eni-1")])
    with pytest.raises(StillInUseError, match=f"still use {GROUP}: eni-1, eni-2"):
        release(_event("Delete"), ec2, ec2.patience(tries=3))
    assert ec2.pauses == [10, 10]


def test_the_wait_for_a_role_leaves_the_interfaces_of_others_alone() -> None:
    others = [
        _interface("eni-1"),
        _interface("eni-2", requester=f"{ROLE}2:SageMaker"),
        _interface("eni-3", group="sg-not-asked", requester=f"{ROLE}:SageMaker"),
    ]
    ec2 = FakeEc2([*others, _interface("eni-4", requester=f"{ROLE}:SageMaker")], others)
    assert release(_event("Delete", RequesterId=ROLE), ec2, ec2.patience()) == "Release"
    assert ec2.pauses == [10]


def test_the_longest_wait_fits_into_the_function_s_timeout() -> None:
    patience = Looks()
    assert (patience.tries - 1) * patience.seconds < 900 - 60
