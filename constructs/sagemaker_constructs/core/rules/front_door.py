"""What stands between a REST API and an endpoint: the role that API Gateway assumes, and functions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

MOST_FUNCTION_BYTES = 6 * 1024 * 1024


@rule(
    "AssumeRole",
    "https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/pull/479",
    read="2026-11-28",
    confidence="reported",
    enforced=("emulator",),
)
def integration_roles_trust_without_a_source(call: Call) -> Iterator[Broken]:
    """API Gateway sends neither aws:SourceAccount nor aws:SourceArn when it assumes the role of an integration."""
    trust: Any = call.request.get("AssumeRolePolicyDocument") or {}
    if is_token(trust):
        return
    document: Mapping[str, Any] = json.loads(trust) if isinstance(trust, str) else trust
    statements: Sequence[Mapping[str, Any]] = document.get("Statement") or ()
    conditions = json.dumps([statement.get("Condition", {}) for statement in statements]).lower()
    for key in ("aws:SourceAccount", "aws:SourceArn"):
        if key.lower() in conditions:
            yield "AssumeRolePolicyDocument", key


@rule(
    "Invoke",
    "https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html",
    read="2026-11-28",
    confidence="inferred",
    enforced=("emulator",),
)
def functions_take_six_megabytes(call: Call) -> Iterator[Broken]:
    """A function that answers at once takes 6 MB, of the 10 that API Gateway takes."""
    size = call.request.get("PayloadBytes", 0)
    if not is_token(size) and size > MOST_FUNCTION_BYTES:
        yield "Payload", f"{size} bytes"
