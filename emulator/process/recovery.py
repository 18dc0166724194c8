"""After the emulator was ended in the middle of something: bring everything into a state to go on from.

Interrupted creates and updates of stacks are rolled back as CloudFormation would, interrupted deletes can
be repeated, jobs and endpoints that were changing have failed. Every one says why.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from emulator.cloudformation.operations import OPERATION
from emulator.ministack import hooks, stack_hooks

if TYPE_CHECKING:
    from emulator.process.assembly import Emulator

logger = logging.getLogger("emulator.recovery")

REASON = "the emulator was stopped in the middle"

_PATIENCE_SECONDS = 15.0
_STACK = "AWS::CloudFormation::Stack"
_KEPT_OF_A_STACK = (
    "_resources",
    "_template",
    "_template_body",
    "_resolved_params",
    "_conditions",
    "Parameters",
    "Tags",
    "Outputs",
)


async def recover(emulator: Emulator) -> list[str]:
    """Repair what was cut short; returns one sentence for each operation, empty after a clean stop.

    A rollback that takes longer than 15 seconds, because a custom resource does not answer, goes on in the
    background.
    """
    said = [
        *emulator.unreadable,
        *(sentence for jobs in emulator.jobs for sentence in jobs.settle_after_restart(REASON)),
        *emulator.batch.settle_after_restart(REASON),
        *emulator.pipelines.settle_after_restart(REASON),
        *emulator.endpoints.settle_after_restart(REASON),
        *emulator.components.settle_after_restart(REASON),
    ]
    records = hooks.module("ministack.services.cloudformation")
    for change_set in records._change_sets._data.values():
        if change_set.get("ExecutionStatus") == "EXECUTE_IN_PROGRESS":
            change_set["ExecutionStatus"] = "EXECUTE_FAILED"
            change_set["StatusReason"] = REASON
    repairs: dict[asyncio.Task[None], tuple[str, dict[str, Any], str]] = {}
    for (account, region, name), stack in list(records._stacks._data.items()):
        status = str(stack.get("StackStatus", ""))
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            with hooks.in_scope(account, region):
                task = asyncio.create_task(_repair(emulator, str(name), stack, status))
            repairs[task] = str(name), stack, status
    if repairs:
        await asyncio.wait(repairs, timeout=_PATIENCE_SECONDS)
    said += [
        f"stack {name} was {status}: {REASON}; it is {stack['StackStatus']} now"
        for name, stack, status in repairs.values()
    ]
    return said


async def _repair(emulator: Emulator, name: str, stack: dict[str, Any], status: str) -> None:
    try:
        await _recover_stack(emulator, name, stack, status)
    except Exception as error:
        logger.exception("stack %s could not be rolled back", name)
        failed = "UPDATE_ROLLBACK_FAILED" if status.startswith("UPDATE") else "ROLLBACK_FAILED"
        stack.update(StackStatus=failed, StackStatusReason=f"{REASON}, and the rollback failed: {error}")
    emulator.saver.changed()


async def _recover_stack(emulator: Emulator, name: str, stack: dict[str, Any], status: str) -> None:
    stacks = stack_hooks.cloudformation("stacks")
    stack_id = stack["StackId"]
    if status == "DELETE_IN_PROGRESS":
        reason = f"{REASON}; delete the stack again."
        stack.update(StackStatus="DELETE_FAILED", StackStatusReason=reason)
        stacks._add_event(stack_id, name, name, _STACK, "DELETE_FAILED", reason, stack_id)
        return
    operation: dict[str, Any] = stack.get(OPERATION) or _unrecorded_operation(stack, status)
    before: dict[str, Any] = operation.get("previous_stack") or {}
    previous: dict[str, Any] = before.get("_resources", {})
    try:
        order = stacks._topological_sort(operation["template"].get("Resources", {}), stack.get("_conditions", {}))
    except (ValueError, AttributeError):
        order = list(stack.get("_resources", {}))
    made = [
        logical_id
        for logical_id in order
        if logical_id in stack.get("_resources", {}) and stack["_resources"][logical_id] != previous.get(logical_id)
    ]
    await stacks._roll_back_operation(name, stack_id, stack, {**operation, "created": made}, reason_override=REASON)
    stack.pop(OPERATION, None)
    stack["StackStatusReason"] = f"{stack.get('StackStatusReason') or ''} {REASON}".strip()
    _remove_unrecorded(emulator, stack)


def _unrecorded_operation(stack: dict[str, Any], status: str) -> dict[str, Any]:
    """The operation of a stack that was ended before its first resource."""
    as_it_is = {name: stack[name] for name in _KEPT_OF_A_STACK if name in stack}
    is_update = status.startswith("UPDATE")
    return {
        "is_update": is_update,
        "previous_stack": as_it_is if is_update else None,
        "template": stack.get("_template") or {},
        "param_values": stack.get("_resolved_params") or {},
    }


def _remove_unrecorded(emulator: Emulator, stack: dict[str, Any]) -> None:
    """Remove SageMaker resources of the stack that were made but not yet written into it."""
    known = set(stack.get("_resources", {}))
    for record in list(emulator.records.everywhere()):
        if (
            record.tags.get("aws:cloudformation:stack-id") == stack["StackId"]
            and record.tags.get("aws:cloudformation:logical-id") not in known
        ):
            emulator.records.remove(record)
            logger.info("removed %s, which the interrupted operation had left behind", record.arn)
