"""AWS's JSON protocol: requests read, answers and errors written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emulator.shapes.errors import ServiceError

Response = tuple[int, dict[str, str], bytes]


def json_response(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """A response of the JSON protocol."""
    return status, {"Content-Type": "application/x-amz-json-1.1", **(headers or {})}, json.dumps(body).encode()


def error_response(error: ServiceError) -> Response:
    """The response that SDKs read an error from."""
    body = {"__type": error.code, "message": error.message, "Message": error.message, **error.details}
    return json_response(error.status, body, {"x-amzn-ErrorType": error.code})


def parsed_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a request; raises ServiceError when it is none."""
    try:
        parsed = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"The request body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise ServiceError("SerializationException", "The request body must be a JSON object.")
    return parsed  # pyright: ignore[reportUnknownVariableType]
