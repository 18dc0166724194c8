"""Stacks tell EventBridge of each status that they enter."""

from __future__ import annotations

import json

from emulator.coverage import Coverage
from emulator.ministack import hooks, stack_hooks
from emulator.sagemaker.api.settling import in_background

COVERAGE = (
    Coverage(
        "EventBridge events of CloudFormation",
        real='"CloudFormation Stack Status Change"',
        refused="events of resources and of drift",
    ),
)

_EVENT = "CloudFormation Stack Status Change"
_STACK = "AWS::CloudFormation::Stack"


def add_stack_events() -> None:
    """Publish them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html
    """
    publish = hooks.publisher("aws.cloudformation")

    def tell(stack: str, kind: str, status: str) -> None:
        if kind != _STACK:
            return
        detail = {"stack-id": stack, "status-details": {"status": status, "status-reason": ""}}
        scope = hooks.current_scope()
        in_background(lambda: publish(scope, _EVENT, json.dumps(detail), (stack,)), _EVENT)

    stack_hooks.observe_stack_events(tell)
