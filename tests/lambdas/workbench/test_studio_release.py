"""A domain that is emptied: applications, then spaces, then profiles, each gone before the next is deleted."""

from typing import Any

import pytest

from lambdas.studio_release.logic import NotEmptyError, Pauses, empty

EVENT = {
    "RequestType": "Delete",
    "LogicalResourceId": "Release",
    "PhysicalResourceId": "Release",
    "ResourceProperties": {"DomainId": "d-one"},
}


class RefusedError(Exception):
    """An answer of the API with a code."""


class Studio:
    """A domain in which what is deleted goes at the next look; lists have pages of one."""

    def __init__(self, *, apps: list[dict[str, Any]], spaces: list[str], profiles: list[str]) -> None:
        self.lists: dict[str, tuple[str, list[dict[str, Any]]]] = {
            "list_apps": ("Apps", apps),
            "list_spaces": ("Spaces", [{"SpaceName": name, "Status": "InService"} for name in spaces]),
            "list_user_profiles": (
                "UserProfiles",
                [{"UserProfileName": name, "Status": "InService"} for name in profiles],
            ),
        }
        self.deleted: list[str] = []
        self.pauses = 0
        self.stays = False
        self.refusal = ""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation in self.lists:
            assert arguments["DomainIdEquals"] == "d-one"
            members, found = self.lists[operation]
            page = int(arguments.get("NextToken", 0))
            more = {"NextToken": str(page + 1)} if page + 1 < len(found) else {}
            return {members: found[page : page + 1], **more}
        assert arguments.pop("DomainId") == "d-one"
        if self.refusal:
            raise RefusedError(self.refusal)
        self.deleted.append(f"{operation} {'/'.join(arguments.values())}")
        for _, found in self.lists.values():
            for each in found:
                if arguments.items() <= each.items():
                    each["Status"] = "Deleting"
        return {}

    def code_of(self, error: Exception) -> str | None:
        return str(error) if isinstance(error, RefusedError) else None

    def pause(self, _: float) -> None:
        self.pauses += 1
        if not self.stays:
            for name, (members, found) in self.lists.items():
                self.lists[name] = (members, [each for each in found if each["Status"] != "Deleting"])

    def empty(self, tries: int = 9) -> str:
        return empty(EVENT, self, Pauses(tries=tries, sleep=self.pause))


def _app(space: str, name: str = "default", status: str = "InService") -> dict[str, Any]:
    return {"SpaceName": space, "AppType": "JupyterLab", "AppName": name, "Status": status}


def test_the_order_is_that_of_what_uses_what() -> None:
    studio = Studio(apps=[_app("one"), _app("two")], spaces=["one", "two"], profiles=["ann"])
    assert studio.empty() == "Release"
    assert studio.deleted == [
        "delete_app one/JupyterLab/default",
        "delete_app two/JupyterLab/default",
        "delete_space one",
        "delete_space two",
        "delete_user_profile ann",
    ]
    assert studio.pauses == 3


def test_an_application_that_is_gone_is_only_remembered_by_its_name() -> None:
    studio = Studio(apps=[_app("one", status="Deleted"), _app("one", "old", "Failed")], spaces=[], profiles=[])
    studio.empty()
    assert (studio.deleted, studio.pauses) == ([], 0)


def test_what_is_being_deleted_is_waited_for_and_not_deleted_again() -> None:
    studio = Studio(apps=[_app("one", status="Deleting")], spaces=[], profiles=[])
    studio.empty()
    assert (studio.deleted, studio.pauses) == ([], 1)


def test_what_is_left_is_named() -> None:
    studio = Studio(apps=[_app("one")], spaces=["one"], profiles=[])
    studio.stays = True
    with pytest.raises(NotEmptyError, match="d-one still has one/JupyterLab/default; delete the stack again"):
        studio.empty(tries=3)
    assert studio.pauses == 2


@pytest.mark.parametrize("refusal", ["ResourceNotFound", "ValidationException: RecordNotFound"])
def test_somebody_else_may_delete_it_first(refusal: str) -> None:
    studio = Studio(apps=[], spaces=["one"], profiles=[])
    studio.refusal = refusal
    with pytest.raises(NotEmptyError):
        studio.empty(tries=2)


def test_another_refusal_is_an_answer() -> None:
    studio = Studio(apps=[], spaces=["one"], profiles=[])
    studio.refusal = "AccessDeniedException"
    with pytest.raises(RefusedError):
        studio.empty()


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_only_a_deletion_deletes(request_type: str) -> None:
    studio = Studio(apps=[_app("one")], spaces=["one"], profiles=["ann"])
    assert empty({**EVENT, "RequestType": request_type}, studio) == "Release"
    assert studio.deleted == []
