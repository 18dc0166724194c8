"""Requests to custom resources: delivered again to a function that fails, and given up when a stack is deleted."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack import hooks, stack_hooks
from emulator.ministack.hooks import FunctionCall
from emulator.ministack.stack_hooks import CustomResourceCall

COVERAGE = (
    Coverage(
        "Custom resources",
        real="a request is delivered three times at most to a function that dies or raises, a second apart and not a"
        " minute; what has failed to be created, or is being created when its stack is deleted, is asked to delete",
    ),
)

_DELIVERIES = 3
_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class _Creation:
    """A request that is not answered yet."""

    token: str
    type: str
    properties: Mapping[str, Any]
    made: str
    """The id of what was made; of CloudFormation's own making as long as there is no answer."""


class CustomResources:
    """Asks functions as CloudFormation does, which deletes a resource too whose creation it has no answer to.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-delete.html
    """

    def __init__(self) -> None:
        self._call = threading.local()
        self._under_way: dict[tuple[str, str], _Creation] = {}
        self._failed: dict[str, dict[str, _Creation]] = {}
        hooks.wrap_function_calls(_repeated)
        self._answer = stack_hooks.wrap_custom_resource_calls(self._recorded, self._expect, self._name)

    def cancel(self, stack_id: str) -> None:
        """Wait no longer for what is being created in a stack."""
        for (stack, _), creation in list(self._under_way.items()):
            if stack == stack_id:
                self._answer(creation.token, {"Status": "FAILED", "Reason": "Resource creation cancelled"})

    def take_failed(self, stack_id: str) -> dict[str, dict[str, Any]]:
        """The records of what has failed to be created in a stack since the last time, by logical id."""
        return {
            logical_id: {
                "PhysicalResourceId": creation.made,
                "ResourceType": creation.type,
                "ResourceStatus": "CREATE_FAILED",
                "LogicalResourceId": logical_id,
                "Properties": dict(creation.properties),
                "Attributes": {},
            }
            for logical_id, creation in self._failed.pop(stack_id, {}).items()
        }

    def _expect(self, token: str) -> None:
        kind, logical_id, properties, _, stack_id, type_ = self._call.arguments
        if kind == "Create":
            made = f"{stack_id.split('/')[-2]}-{logical_id}-{token[:12].upper()}"
            self._under_way[stack_id, logical_id] = _Creation(token, type_, properties, made)

    def _name(self, token: str, answer: Mapping[str, Any]) -> None:
        for place, creation in list(self._under_way.items()):
            if creation.token == token and answer.get("PhysicalResourceId"):
                self._under_way[place] = replace(creation, made=answer["PhysicalResourceId"])

    def _recorded(self, call: CustomResourceCall) -> CustomResourceCall:
        def ask(*arguments: Any, **options: Any) -> tuple[str, dict[str, Any]]:
            _, logical_id, _, _, stack_id, _ = self._call.arguments = arguments
            try:
                return call(*arguments, **options)
            except Exception:
                creation = self._under_way.get((stack_id, logical_id))
                if creation:
                    self._failed.setdefault(stack_id, {})[logical_id] = creation
                raise
            finally:
                self._under_way.pop((stack_id, logical_id), None)

        return ask


def _repeated(call: FunctionCall) -> FunctionCall:
    """Deliver requests as the asynchronous calls that they are.

    See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """

    def deliver(function: Any, event: Mapping[str, Any]) -> Mapping[str, Any]:
        result = call(function, event)
        for _ in range(_DELIVERIES - 1 if _is_request(event) else 0):
            if not result.get("error"):
                break
            time.sleep(_PAUSE_SECONDS)
            result = call(function, event)
        return result

    return deliver


def _is_request(event: object) -> bool:
    return isinstance(event, dict) and {"ResponseURL", "RequestType", "StackId"} <= event.keys()
