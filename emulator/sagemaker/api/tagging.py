"""AddTags, ListTags and DeleteTags, for every resource alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.sagemaker.api.records import Record, Records
from emulator.shapes.errors import ServiceError
from emulator.shapes.pagination import page

_MOST_TAGS = 50


def tags_of(request: Mapping[str, Any]) -> dict[str, str]:
    """Tags of a request as a mapping."""
    tags: list[dict[str, str]] = request.get("Tags") or []
    return {tag["Key"]: tag["Value"] for tag in tags}


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the API writes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _resource(records: Records, arn: str) -> Record:
    record = records.by_arn(arn)
    if record is None:
        raise ServiceError("ValidationException", f'Could not find resource "{arn}".')
    return record


def change_tags(records: Records, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one of the three operations.

    Raises:
        ServiceError: No such resource, or more than 50 tags.
    """
    record = _resource(records, request["ResourceArn"])
    if operation == "ListTags":
        rows = [([key], {"Key": key, "Value": value}) for key, value in sorted(record.tags.items())]
        items, token = page(rows, {"MaxResults": 50, **request})
        return {"Tags": items, **({"NextToken": token} if token else {})}
    with records.lock:
        if operation == "DeleteTags":
            for key in request["TagKeys"]:
                record.tags.pop(key, None)
        else:
            tags = {**record.tags, **tags_of(request)}
            if len([key for key in tags if not key.startswith("aws:")]) > _MOST_TAGS:
                raise ServiceError("ResourceLimitExceeded", f"A resource can have at most {_MOST_TAGS} tags.")
            record.tags.clear()
            record.tags.update(tags)
        records.touched(record)
    return {"Tags": as_list(record.tags)} if operation == "AddTags" else {}
