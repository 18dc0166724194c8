"""What Debugger does when a rule finds something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import Problem, matches

_PHONE = r"\+[1-9][0-9]{1,14}"
_EMAIL = r"[^@\s\"\\]+@[^@\s\"\\]+\.[^@\s\"\\]+"


@dataclass(frozen=True)
class DebugAction:
    """An action of a ``DebugRule``; make one with its methods.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/debugger-built-in-actions.html
    """

    name: Literal["stoptraining", "email", "sms"]
    endpoint: str = ""

    @staticmethod
    def stop_training() -> "DebugAction":
        """Stop the job: the one that is active, of those whose names begin as the definition's; several are not."""
        return DebugAction("stoptraining")

    @staticmethod
    def email(address: str) -> "DebugAction":
        """Write to ``address``, through the topic SMDebugRules, which Debugger makes."""
        return DebugAction("email", address)

    @staticmethod
    def sms(number: str) -> "DebugAction":
        """Send to ``number``, such as ``+4930123456``, through the topic SMDebugRules, which Debugger makes."""
        return DebugAction("sms", number)

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with the address."""
        if self.name == "email":
            yield matches("email", self.endpoint, _EMAIL, "an address such as team@example.com")
        elif self.name == "sms":
            yield matches("sms", self.endpoint, _PHONE, "a number such as +4930123456")


def action_text(actions: Sequence[DebugAction], job_prefix: str) -> str:
    """The actions as a parameter of a rule: objects whose quotation marks are escaped, as AWS's SDK writes them."""
    return f"[{', '.join(_object(action, job_prefix) for action in actions)}]"


def _object(action: DebugAction, job_prefix: str) -> str:
    if action.name == "stoptraining":
        members = {"name": action.name, "training_job_prefix": job_prefix}
    else:
        members = {"endpoint": action.endpoint, "name": action.name}
    return "{" + ", ".join(rf"\"{key}\": \"{value}\"" for key, value in members.items()) + "}"
