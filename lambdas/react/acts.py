"""The acts: each finds its target first, and does to it the same however often it is done."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from lambdas.common.retried_queue import LaterError, RefusedError
from lambdas.react.requests import ReactionRequest

APPROVED, REJECTED = "Approved", "Rejected"
_LONGEST_VALUE = 256
"""Of metadata of a model package."""


class ReactionCalls(Protocol):
    """ReactionCalls of a service."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code."""
        ...


class NothingToDoError(Exception):
    """There is nothing to react to; the text says why."""


@dataclass(frozen=True)
class ReactionServices:
    """What acts call."""

    sagemaker: ReactionCalls
    parameters: ReactionCalls
    reviews: ReactionCalls

    def target(self, request: ReactionRequest) -> str:
        """What is acted on, as it is now. Raises ``NothingToDoError``."""
        match request.kind:
            case "return":
                return self._live(request)
            case "shift":
                return str(request.settings["endpoint"])
            case "promote":
                return self._challenger(request)
            case "review":
                return str(request.settings["flow"])
            case _:
                raise RefusedError(f"there is no reaction of the kind {request.kind}")

    def act(self, request: ReactionRequest, target: str) -> str:
        """Do it; what was done, in a sentence. Raises ``RefusedError`` and ``LaterError``."""
        match request.kind:
            case "return":
                return self._reject(request, target)
            case "shift":
                return self._shift(request, target)
            case "promote":
                return self._promote(request, target)
            case _:
                return self._ask(request, target)

    def _live(self, request: ReactionRequest) -> str:
        """The version that is live, unless it was not yet in the window that drift was found in."""
        found = self.parameters.call("get_parameter", Name=request.settings["pointer"])["Parameter"]
        package, since = str(found["Value"]), found["LastModifiedDate"]
        moved = since if isinstance(since, datetime) else datetime.fromisoformat(str(since))
        began = datetime.fromisoformat(str(request.detail["window"]["start"]))
        if moved.astimezone(UTC) > began:
            raise NothingToDoError(f"{package} was made live after the window had begun")
        if self._status(request, self._described(package)) != APPROVED:
            raise NothingToDoError(f"{package} is not approved any more")
        return package

    def _reject(self, request: ReactionRequest, package: str) -> str:
        """Whatever follows approvals returns to the version that was good last."""
        if self._status(request, self._described(package)) != REJECTED:
            self._decide(request, package, REJECTED, f"Drift: {request.because}")
        return f"{package} was rejected, so that the version before it is live again"

    def _challenger(self, request: ReactionRequest) -> str:
        """The version that was compared, unless somebody has decided on it already."""
        package = str(request.detail["challenger"]["package"])
        if not package.startswith(request.settings["versions"]):
            raise NothingToDoError(
                f"the challenger is no version of {request.settings['versions']}: {package or 'none'}"
            )
        status = self._status(request, self._described(package))
        if status in (APPROVED, REJECTED):
            raise NothingToDoError(f"{package} is {status.lower()} already")
        return package

    def _promote(self, request: ReactionRequest, package: str) -> str:
        """Approve it, or write down for whoever does what was found."""
        if not request.settings["automatic"]:
            found = {
                "challenger-comparison": _value(request.because),
                "challenger-report": _value(str(request.detail["report"])),
            }
            self.sagemaker.call("update_model_package", ModelPackageArn=package, CustomerMetadataProperties=found)
            return f"{package} is recommended, and waits for somebody to approve it"
        status = self._status(request, self._described(package))
        if status == REJECTED:
            return f"{package} was rejected meanwhile"
        if status != APPROVED:
            self._decide(request, package, APPROVED, f"Comparison: {request.because}")
        return f"{package} was approved"

    def _decide(self, request: ReactionRequest, package: str, status: str, because: str) -> None:
        stage = request.settings.get("stage")
        change: Mapping[str, Any] = (
            {"ModelLifeCycle": {"Stage": stage, "StageStatus": status, "StageDescription": because}}
            if stage
            else {"ModelApprovalStatus": status, "ApprovalDescription": because}
        )
        self.sagemaker.call("update_model_package", ModelPackageArn=package, **change)

    def _described(self, package: str) -> Mapping[str, Any]:
        return self.sagemaker.call("describe_model_package", ModelPackageName=package)

    def _status(self, request: ReactionRequest, package: Mapping[str, Any]) -> str:
        if request.settings.get("stage"):
            return str(package.get("ModelLifeCycle", {}).get("StageStatus", ""))
        return str(package.get("ModelApprovalStatus", ""))

    def _shift(self, request: ReactionRequest, endpoint: str) -> str:
        described = self.sagemaker.call("describe_endpoint", EndpointName=endpoint)
        if described["EndpointStatus"] != "InService":
            raise LaterError(f"{endpoint} is {described['EndpointStatus']}", 60)
        weights = {each["VariantName"]: float(each["CurrentWeight"]) for each in described["ProductionVariants"]}
        wanted = _shifted(weights, str(request.settings["to"]), float(request.settings["percent"]))
        shown = ", ".join(f"{name} {weight:g}" for name, weight in wanted.items())
        if all(abs(wanted[name] - weight) < 1e-6 for name, weight in weights.items()):
            return f"the weights of {endpoint} are {shown} already"
        self.sagemaker.call(
            "update_endpoint_weights_and_capacities",
            EndpointName=endpoint,
            DesiredWeightsAndCapacities=[
                {"VariantName": name, "DesiredWeight": weight} for name, weight in wanted.items()
            ],
        )
        return f"the weights of {endpoint} are {shown} from now on"

    def _ask(self, request: ReactionRequest, flow: str) -> str:
        name = f"drift-{request.token}"
        try:
            self.reviews.call(
                "start_human_loop",
                HumanLoopName=name,
                FlowDefinitionArn=flow,
                HumanLoopInput={"InputContent": json.dumps({"drift": dict(request.detail)})},
            )
        except Exception as error:
            if self.reviews.code_of(error) != "ConflictException":
                raise
        return f"people are asked in the loop {name}"


def _value(text: str) -> str:
    """Text as SageMaker takes it in metadata: letters, digits and some signs."""
    return re.sub(r"[^\w .:/=+@-]", " ", text)[:_LONGEST_VALUE]


def _shifted(weights: Mapping[str, float], to: str, percent: float) -> dict[str, float]:
    """Weights of which ``to`` has so many percent, and all others what is left, in their proportion."""
    if to not in weights:
        raise RefusedError(f"the endpoint has no variant {to}, only: {', '.join(weights)}")
    others = sum(weight for name, weight in weights.items() if name != to)
    return {
        name: percent if name == to else (100 - percent) * (weight / others if others else 1 / (len(weights) - 1))
        for name, weight in weights.items()
    }
