"""Keep with each stack what a rollback after a crash needs, and end a creation whose stack is deleted."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from typing import Any

from emulator.cloudformation.custom_resources import CustomResources
from emulator.ministack import hooks, stack_hooks
from emulator.ministack.stack_hooks import Task

OPERATION = "_emulator_operation"


class StackOperations:
    """Writes the operation that is under way into the stack's own record, which is saved with the rest.

    A stack may be deleted while it is being created: nothing more of it is created then, and what is there is deleted
    without a rollback.

    Args:
        changed: Called after each change, so that it can be saved.
        custom_resources: Which of them have failed to be created, to be deleted nevertheless.
    """

    def __init__(self, changed: Callable[[], None], custom_resources: CustomResources) -> None:
        self._changed = changed
        self._custom_resources = custom_resources
        self._creations: dict[str, asyncio.Event] = {}
        self._deleted: set[str] = set()
        stack_hooks.wrap_stack_task("deploy", self._recorded)
        stack_hooks.wrap_stack_task("roll back", self._without_the_deleted)
        stack_hooks.wrap_stack_task("delete", self._after_the_creation)
        stack_hooks.observe_stack_events(self._stop_creating)

    def _recorded(self, deploy: Task) -> Task:
        async def carry_out(
            stack_name: str,
            stack_id: str,
            template: dict[str, Any],
            parameters: dict[str, Any],
            disable_rollback: bool,
            tags: list[Any],
            is_update: bool = False,
            previous_stack: dict[str, Any] | None = None,
            retain_except_on_create: bool = False,
            imports: dict[str, Any] | None = None,
        ) -> None:
            stack = _stack(stack_name)
            stack[OPERATION] = {
                "is_update": is_update,
                "previous_stack": copy.deepcopy(previous_stack),
                "template": template,
                "param_values": parameters,
                "retain_except_on_create": retain_except_on_create,
                "stack_tags": stack.get("Tags") or [],
                "previous_tags": (previous_stack or {}).get("Tags") or [],
                "imports": imports or {},
            }
            self._changed()
            over = asyncio.Event()
            if not is_update:
                self._creations[stack_id] = over
            try:
                await deploy(
                    stack_name,
                    stack_id,
                    template,
                    parameters,
                    disable_rollback,
                    tags,
                    is_update=is_update,
                    previous_stack=previous_stack,
                    retain_except_on_create=retain_except_on_create,
                    imports=imports,
                )
            finally:
                self._creations.pop(stack_id, None)
                over.set()
                stack.pop(OPERATION, None)
                self._changed()

        return carry_out

    def _without_the_deleted(self, roll_back: Task) -> Task:
        async def carry_out(
            stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *more: Any, **named: Any
        ) -> None:
            failed = self._custom_resources.take_failed(stack_id)
            stack.setdefault("_resources", {}).update(failed)
            if stack_id not in self._deleted:
                created = {**operation, "created": [*operation["created"], *failed]}
                await roll_back(stack_name, stack_id, stack, created, *more, **named)

        return carry_out

    def _after_the_creation(self, delete: Task) -> Task:
        async def carry_out(stack_name: str, stack_id: str, *more: Any, **named: Any) -> None:
            creation = self._creations.get(stack_id)
            if creation:
                self._deleted.add(stack_id)
                _stack(stack_name)["StackStatus"] = "DELETE_IN_PROGRESS"
                self._custom_resources.cancel(stack_id)
                await creation.wait()
            failed = self._custom_resources.take_failed(stack_id)
            if failed:
                _stack(stack_name).setdefault("_resources", {}).update(failed)
            await delete(stack_name, stack_id, *more, **named)

        return carry_out

    def _stop_creating(self, stack_id: str, kind: str, status: str) -> None:
        del kind
        if stack_id in self._deleted and status == "CREATE_IN_PROGRESS":
            raise RuntimeError("Resource creation cancelled")


def _stack(name: str) -> dict[str, Any]:
    return hooks.module("ministack.services.cloudformation")._stacks[name]


def keep_exports_in_use() -> None:
    """Fail the update of a stack that changes, or no longer has, an export which another stack imports.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    """
    stack_hooks.check_exports(_refuse)


def _refuse(stack: str, exports: Mapping[str, str]) -> None:
    for name, value in stack_hooks.exports_of(stack).items():
        if exports.get(name) == value:
            continue
        own = stack.split("/")[1]
        importers = [each for each in stack_hooks.importers_of(name) if each != own]
        if importers:
            verb = "updated" if name in exports else "deleted"
            raise ValueError(f"Export {name} cannot be {verb} as it is in use by {', '.join(importers)}")
