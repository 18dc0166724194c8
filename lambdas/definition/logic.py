"""Fill in the values of a definition, as ``Fn::Sub`` does, and keep it under the hash of what came out."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

_PLACE = re.compile(r"\$\{(?:(!)|(V\d+)\})")
_OWN_KEY = re.compile(r"[A-Za-z0-9]+/[0-9a-f]{64}\.json")


class ObjectsApi(Protocol):
    """The calls of S3 that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of S3."""
        ...


def store(event: Mapping[str, Any], api: ObjectsApi) -> str:
    """Return the key of the definition, which is the physical id.

    Another definition has another key: CloudFormation deletes the one before when the pipeline has the new one, and
    the new one when it rolls back. So each is there for as long as a pipeline may need it.
    """
    properties: Mapping[str, Any] = event["ResourceProperties"]
    bucket = properties["Bucket"]
    if event["RequestType"] == "Delete":
        key = str(event["PhysicalResourceId"])
        # What failed before it wrote anything has another physical id.
        if _OWN_KEY.fullmatch(key):
            api.call("delete_object", Bucket=bucket, Key=key)
        return key
    source = api.call("get_object", Bucket=properties["SourceBucket"], Key=properties["SourceKey"])
    body = filled_definition(source["Body"].read().decode(), properties["Values"]).encode()
    key = f"{event['LogicalResourceId']}/{hashlib.sha256(body).hexdigest()}.json"
    api.call("put_object", Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    return key


def filled_definition(template: str, values: Mapping[str, str]) -> str:
    """``template`` with a value for each ``${V0}``, and ``${`` for ``${!``. Raises ValueError if it is no JSON."""
    text = _PLACE.sub(lambda found: "${" if found[1] else str(values[found[2]]), template)
    json.loads(text)
    return text
