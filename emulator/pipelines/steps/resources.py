"""Steps that make a resource and wait until it is settled: models, packages, endpoints."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from emulator.pipelines.attempts import Attempt, StepEnd, StepRunner, failed, refused
from emulator.sagemaker.api.kinds import kinds
from emulator.shapes.errors import ServiceError

_POLL_SECONDS = 0.05
_UNSETTLED = ("Creating", "Updating", "Pending", "InProgress")
_LONGEST_NAME = 63


@dataclass(frozen=True)
class ResourceSteps(StepRunner):
    """Steps of a type.

    Args:
        kind: The kind of resource, as in `Create<kind>`.
        shown_as: The member of the step's metadata.
    """

    kind: str
    shown_as: str

    def run(self, attempt: Attempt) -> StepEnd:
        """Make the resource."""
        kind, call = kinds()[self.kind], attempt.services.sagemaker
        request = self._request(attempt)
        try:
            made = call(f"Create{self.kind}", request)
        except ServiceError as error:
            return refused(f"sagemaker:Create{self.kind}", error)
        arn = made[kind.arn_member]
        attempt.tell({self.shown_as: {"Arn": arn}})
        asked = {kind.identity[-1]: request.get(kind.identity[-1], arn)}
        while True:
            found = call(f"Describe{self.kind}", asked)
            if found.get(kind.status_member) not in _UNSETTLED:
                break
            time.sleep(_POLL_SECONDS)
        if found.get(kind.status_member) == "Failed":
            return failed(f"ClientError: {found.get('FailureReason', 'the resource could not be created')}")
        return StepEnd(status="Succeeded", result=found)

    def _request(self, attempt: Attempt) -> dict[str, Any]:
        name = f"{self.kind}Name"
        given = f"pipelines-{attempt.execution_id}-{attempt.name}"[: _LONGEST_NAME - 11].replace("_", "-")
        return {name: f"{given}-{secrets.token_hex(5)}", **attempt.arguments}


class RegistrationSteps(ResourceSteps):
    """RegisterModel steps; the service makes a group that does not exist yet."""

    def _request(self, attempt: Attempt) -> dict[str, Any]:
        group, call = attempt.arguments.get("ModelPackageGroupName"), attempt.services.sagemaker
        if group:
            try:
                call("DescribeModelPackageGroup", {"ModelPackageGroupName": group})
            except ServiceError:
                call("CreateModelPackageGroup", {"ModelPackageGroupName": group})
        return dict(attempt.arguments)
