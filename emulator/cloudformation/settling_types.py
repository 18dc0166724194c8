"""Types whose resources change in the background: CloudFormation waits for the end."""

from __future__ import annotations

from typing import Any

from emulator.cloudformation.sagemaker_types import SageMakerType
from emulator.sagemaker.api.records import Record
from emulator.sagemaker.api.settling import status_of, wait_until_settled
from emulator.shapes.errors import ServiceError

_MOST_SECONDS = 3600

Properties = dict[str, Any]


class SettlingType(SageMakerType):
    """A type that waits until its resource is in service, or fails with its reason."""

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        """Create and wait; a failed resource is deleted again, as it is not recorded in the stack."""
        physical_id, attributes = super().create(logical_id, properties, stack_name)
        record = self._settled(physical_id)
        if record is not None and status_of(record) == "Failed":
            reason = record.outcome.get("FailureReason")
            self.delete(physical_id, properties)
            raise ServiceError("NotStabilized", f"{self._name(record)} failed: {reason}")
        return physical_id, attributes

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        """Update and wait; a resource that went back to what it was fails the update."""
        result = super().update(physical_id, old, new, stack_name)
        record = self._settled(physical_id)
        if record is None or record.outcome.get("FailureReason"):
            reason = record.outcome["FailureReason"] if record else "it is gone"
            named = self._name(record) if record else physical_id
            raise ServiceError("NotStabilized", f"{named} could not be updated: {reason}")
        return result

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Delete and wait until the processes have ended."""
        self._settled(physical_id)
        super().delete(physical_id, properties)
        self._settled(physical_id)

    def _settled(self, physical_id: str) -> Record | None:
        return wait_until_settled(self.api.records, self.kind, self._key(physical_id), _MOST_SECONDS)

    def _name(self, record: Record) -> str:
        label = self.kind.label
        return f"{label[0].upper()}{label[1:]} {record.request[self.kind.identity[-1]]}"


class InferenceComponentType(SettlingType):
    """`AWS::SageMaker::InferenceComponent`: Describe shows specification and counts otherwise than they are given."""

    @property
    def compared(self) -> list[str]:
        """Properties whose drift is seen."""
        return [name for name in super().compared if name not in ("RuntimeConfig", "Specification")]
