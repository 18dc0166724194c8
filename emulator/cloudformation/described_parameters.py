"""DescribeStacks names the SSM parameter that a parameter takes its value from, and the value beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from emulator.ministack.hooks import Handler, module, wrap_service

_ACTION = b"Action=DescribeStacks&"
_STACK = re.compile(r"<StackId>([^<]+)</StackId>")


def add_resolved_values() -> None:
    """Complete the answers of MiniStack, which shows the value alone.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html
    """

    def wrap(handler: Handler) -> Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> tuple[int, dict[str, str], Any]:
            status, given, answer = await handler(method, path, headers, body, query)
            if _ACTION in body + b"&" and isinstance(answer, str | bytes):
                text = answer.decode() if isinstance(answer, bytes) else answer
                answer = _completed(text, _parameters()).encode()
            return status, given, answer

        return handle

    wrap_service("cloudformation", wrap)


def _parameters() -> Mapping[str, Mapping[str, Any]]:
    """The resolved parameters of each stack by its ARN."""
    stacks = module("ministack.services.cloudformation")._stacks
    return {stack["StackId"]: stack.get("_resolved_params", {}) for stack in stacks.values()}


def _completed(text: str, parameters: Mapping[str, Mapping[str, Any]]) -> str:
    parts = _STACK.split(text)
    # What was split off is, in turn, a stack's ARN and the text up to the next one.
    for position in range(1, len(parts), 2):
        stack = parts[position]
        for name, held in parameters.get(stack, {}).items():
            if "SsmName" in held:
                key, value = f"<ParameterKey>{name}</ParameterKey>", escape(str(held["Value"]))
                shown = f"{key}<ParameterValue>{value}</ParameterValue>"
                named = f"<ParameterValue>{escape(held['SsmName'])}</ParameterValue>"
                parts[position + 1] = parts[position + 1].replace(
                    shown, f"{key}{named}<ResolvedValue>{value}</ResolvedValue>"
                )
        parts[position] = f"<StackId>{stack}</StackId>"
    return "".join(parts)
