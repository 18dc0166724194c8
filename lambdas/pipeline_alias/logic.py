"""Give the newest version of a pipeline an alias, which another version may have."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol


class VersionsApi(Protocol):
    """The calls of SageMaker that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of SageMaker."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


def point(event: Mapping[str, Any], api: VersionsApi) -> str:
    """Return the physical id, of which another pipeline or alias has another one.

    Between taking an alias from one version and giving it to the next nobody has it: SageMaker moves none in one
    call. Whatever is repeated after a crash in between gives it.
    """
    if event["RequestType"] == "Delete":
        physical = str(event["PhysicalResourceId"])
        # What was never created has an id of CloudFormation's own.
        if "/" in physical:
            _take(api, *physical.split("/", 1))
        return physical
    properties = event["ResourceProperties"]
    name, alias = str(properties["PipelineName"]), str(properties["Alias"])
    versions = [*_versions(api, name)]
    newest = max(versions, key=lambda version: int(version["PipelineVersionId"]))
    if alias not in newest.get("PipelineVersionAliases", []):
        _remove(api, versions, alias)
        _change(api, newest, Add=[alias])
    return f"{name}/{alias}"


def _take(api: VersionsApi, name: str, alias: str) -> None:
    """Let no version have ``alias``; a pipeline that is gone has none."""
    try:
        _remove(api, [*_versions(api, name)], alias)
    except Exception as error:
        if api.code_of(error) != "ResourceNotFound":
            raise


def _remove(api: VersionsApi, versions: list[Mapping[str, Any]], alias: str) -> None:
    for version in versions:
        if alias in version.get("PipelineVersionAliases", []):
            _change(api, version, Remove=[alias])


def _change(api: VersionsApi, version: Mapping[str, Any], **operations: list[str]) -> None:
    api.call(
        "update_pipeline_version",
        PipelineArn=version["PipelineArn"],
        PipelineVersionId=version["PipelineVersionId"],
        PipelineVersionAliasOperations=operations,
    )


def _versions(api: VersionsApi, name: str) -> Iterator[Mapping[str, Any]]:
    asked: dict[str, Any] = {"PipelineName": name, "MaxResults": 100}
    while True:
        page = api.call("list_pipeline_versions", **asked)
        yield from page["PipelineVersionSummaries"]
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]
