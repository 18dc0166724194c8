"""Keep with each stack what a rollback after a crash needs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from emulator.ministack.hooks import Deploy, wrap_deploy
from emulator.ministack.hooks import module as ministack_module

OPERATION = "_emulator_operation"


class StackOperations:
    """Writes the operation that is under way into the stack's own record, which is saved with the rest.

    Args:
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        wrap_deploy(self._recorded)

    def _recorded(self, deploy: Deploy) -> Deploy:
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
            stack = ministack_module("ministack.services.cloudformation")._stacks[stack_name]
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
                stack.pop(OPERATION, None)
                self._changed()

        return carry_out
