"""Pages of a list, with tokens that survive insertions and deletions between two calls."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.shapes.errors import ServiceError

_DEFAULT_PAGE = 10


def page(rows: Sequence[tuple[list[Any], Any]], request: Mapping[str, Any]) -> tuple[list[Any], str | None]:
    """Cut one page out of ordered rows of (order, item); the token names the last order given out.

    Raises:
        ServiceError: The token was not made here.
    """
    size = int(request.get("MaxResults") or _DEFAULT_PAGE)
    start = 0
    if request.get("NextToken"):
        try:
            last = json.loads(base64.urlsafe_b64decode(str(request["NextToken"]).encode()))
        except (binascii.Error, ValueError) as error:
            raise ServiceError("ValidationException", "The pagination token is invalid.") from error
        descending = len(rows) > 1 and rows[0][0] > rows[-1][0]
        start = next(
            (index for index, (order, _) in enumerate(rows) if (order < last if descending else order > last)),
            len(rows),
        )
    items = [item for _, item in rows[start : start + size]]
    if start + size >= len(rows):
        return items, None
    return items, base64.urlsafe_b64encode(json.dumps(rows[start + size - 1][0]).encode()).decode()
