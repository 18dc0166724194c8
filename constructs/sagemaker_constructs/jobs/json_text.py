"""Requests as JSON text, with tokens inside."""

import json
from collections.abc import Mapping

from constructs import IConstruct

from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.core.tokens import is_plain_json


def json_text(scope: IConstruct, value: Mapping[str, object]) -> str:
    """``value`` as JSON. Tokens that are text are left in their places; others need the CDK's own writer."""
    if is_plain_json(value):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return location_of(scope).stack.to_json_string(dict(value))
