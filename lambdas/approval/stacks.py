"""The stacks that take the approved model package, and updates of them that change nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_AT_REST = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
_INVALID = "ValidationError"
_UNCHANGED = "No updates are to be performed"


class StacksApi(Protocol):
    """The calls of CloudFormation that this needs."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation`` of CloudFormation."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


class Stacks:
    """Stacks with a parameter that takes its value from the SSM parameter ``pointer``."""

    def __init__(self, api: StacksApi, names: Sequence[str], pointer: str) -> None:
        self._api = api
        self._pointer = pointer
        self.names = names

    def update(self, name: str, token: str) -> bool:
        """Start an update that reads the pointer anew; False when there is nothing to update, or it has run already.

        ``token`` names the update: it starts once, however often it is asked for. Raises what CloudFormation raises
        for a stack that is being updated by others.
        """
        stack = self._described(name)
        if stack is None or self.started(name, token):
            return False
        parameters = [
            {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True} for each in stack.get("Parameters", [])
        ]
        try:
            self._api.call(
                "update_stack",
                StackName=name,
                UsePreviousTemplate=True,
                Parameters=parameters,
                Capabilities=[*_CAPABILITIES],
                ClientRequestToken=token,
            )
        except Exception as error:
            if self._api.code_of(error) == _INVALID and _UNCHANGED in str(error):
                return False
            raise
        return True

    def started(self, name: str, token: str) -> bool:
        """Whether the update ``token`` has been started."""
        return any(True for event in self._events(name) if event.get("ClientRequestToken") == token)

    def reason(self, name: str, token: str) -> str:
        """Why the update ``token`` has been rolled back: the first failure of a resource."""
        said = [
            f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in self._events(name)
            if event.get("ClientRequestToken") == token
            and event["ResourceStatus"].endswith("_FAILED")
            and event.get("ResourceStatusReason")
        ]
        return said[-1] if said else f"{name} was rolled back"

    def takes(self, name: str, package: str) -> bool:
        """Whether the stack is deployed with this package, and at rest; one that does not exist yet needs nothing."""
        stack = self._described(name)
        if stack is None:
            return True
        resolved = [
            each.get("ResolvedValue")
            for each in stack.get("Parameters", [])
            if each.get("ParameterValue") == self._pointer
        ]
        return stack["StackStatus"] in _AT_REST and resolved == [package]

    def _described(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._api.call("describe_stacks", StackName=name)["Stacks"][0]
        except Exception as error:
            if self._api.code_of(error) == _INVALID and "does not exist" in str(error):
                return None
            raise

    def _events(self, name: str) -> list[Mapping[str, Any]]:
        """The youngest events first: enough of them to see the last updates."""
        return self._api.call("describe_stack_events", StackName=name)["StackEvents"]
