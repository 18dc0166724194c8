"""Service Quotas: what a new account has of SageMaker and of what is around it, and requests for more."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from emulator.coverage import Coverage
from emulator.ministack.scope import Scope
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body
from emulator.shapes.service_model import members_of, service_model

COVERAGE = (
    Coverage(
        "Service Quotas",
        real="quotas by name and code: 0 for every instance type of SageMaker, as a new account has them, and some "
        "of other services; requests for more, which are granted at once, and their history",
        recorded="all of them: nothing here is limited by a quota. Codes of nearly all instance types are made up",
        refused="other services, templates of an organization",
    ),
)

_USAGES = (
    "{} for endpoint usage",
    "{} for training job usage",
    "{} for spot training job usage",
    "{} for training warm pool usage",
    "{} for processing job usage",
    "{} for transform job usage",
    "{} for notebook instance usage",
    "Studio JupyterLab Apps running on {} instances",
    "Studio CodeEditor Apps running on {} instances",
    "Studio KernelGateway Apps running on {} instance",
)
_CODES = {
    "ml.m5.large for endpoint usage": "L-614B09FD",
    "ml.m5.large for training job usage": "L-611FA074",
    "ml.m5.large for transform job usage": "L-236AE59F",
}
"""Codes of AWS; those of other types are made up here."""
_PAGE = 100


@dataclass(frozen=True)
class _Known:
    """A quota that every account has: ``value`` is what a new one begins with."""

    service: str
    code: str
    name: str
    value: float
    adjustable: bool = True


_KNOWN = (
    _Known("sagemaker", "L-7A3DF611", "Number of instances across active endpoints", 20),
    _Known("sagemaker", "L-00C91CB5", "Number of instances across all training jobs", 20),
    _Known("sagemaker", "L-F311B08F", "Number of instances across all processing jobs", 20),
    _Known("sagemaker", "L-60D2A6F0", "Number of instances across all transform jobs", 20),
    _Known("sagemaker", "L-04CE2E67", "Total number of notebook instances", 20),
    _Known("sagemaker", "L-6BC1B1A9", "Maximum number of MLflow Tracking Servers", 1),
    _Known(
        "sagemaker",
        "L-96300102",
        "Maximum total concurrency that can be allocated across all serverless endpoints",
        10,
    ),
    _Known("vpc", "L-F678F1CE", "VPCs per Region", 5),
    _Known("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50),
    _Known("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5),
    _Known("iam", "L-FE177D64", "Roles per account", 1000),
    _Known("lambda", "L-B99A9384", "Concurrent executions", 10),
    _Known("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count", 6),
)


class ServiceQuotas:
    """The quotas of each account and region.

    Args:
        scope: Account and region of the request.
        changed: Told of each change.
    """

    def __init__(self, scope: Callable[[], Scope], changed: Callable[[], None]) -> None:
        self._scope = scope
        self._changed = changed
        self._granted: dict[str, dict[str, float]] = {}
        self._requests: dict[str, list[dict[str, Any]]] = {}

    async def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer a request of the JSON protocol."""
        del method, path, query
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            return json_response(200, self.call(operation, parsed_body(body)))
        except ServiceError as error:
            return error_response(error)

    def call(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer of an operation; raises ServiceError as Service Quotas would refuse it."""
        match operation:
            case "ListServiceQuotas" | "ListAWSDefaultServiceQuotas":
                own = operation == "ListServiceQuotas"
                listed = [self._described(each, own=own) for each in self._of(request)]
                return _paged(listed, "Quotas", request)
            case "GetServiceQuota" | "GetAWSDefaultServiceQuota":
                return {"Quota": self._described(self._one(request), own=operation == "GetServiceQuota")}
            case "RequestServiceQuotaIncrease":
                return {"RequestedQuota": self._request(request)}
            case "ListRequestedServiceQuotaChangeHistory":
                service = request.get("ServiceCode")
                made = [
                    each for each in self._requests.get(self._place, []) if service in (None, each["ServiceCode"])
                ]
                return _paged(made, "RequestedQuotas", request)
            case _:
                raise ServiceError("InvalidAction", f"The emulator's Service Quotas has no {operation}.")

    def get_state(self) -> dict[str, Any]:
        """What is saved."""
        return {"granted": self._granted, "requests": self._requests}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what was saved."""
        self._granted.update(state.get("granted", {}))
        self._requests.update(state.get("requests", {}))

    @property
    def _place(self) -> str:
        scope = self._scope()
        return f"{scope.account}/{scope.region}"

    def _of(self, request: Mapping[str, Any]) -> Sequence[_Known]:
        found = [each for each in _quotas() if each.service == request.get("ServiceCode")]
        if not found:
            raise ServiceError("NoSuchResourceException", f"The service {request.get('ServiceCode')} is not known.")
        return found

    def _one(self, request: Mapping[str, Any]) -> _Known:
        for each in self._of(request):
            if each.code == request.get("QuotaCode"):
                return each
        raise ServiceError("NoSuchResourceException", f"The quota {request.get('QuotaCode')} is not known.")

    def _value(self, quota: _Known) -> float:
        return self._granted.get(self._place, {}).get(quota.code, quota.value)

    def _described(self, quota: _Known, *, own: bool) -> Mapping[str, Any]:
        return {
            "ServiceCode": quota.service,
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "Value": self._value(quota) if own else quota.value,
            "Unit": "None",
            "Adjustable": quota.adjustable,
            "GlobalQuota": quota.service == "iam",
        }

    def _request(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        quota, wanted = self._one(request), float(request["DesiredValue"])
        if wanted <= self._value(quota):
            message = "You must provide a quota value greater than or equal to the current quota value."
            raise ServiceError("IllegalArgumentException", message)
        made = {
            "Id": uuid.uuid4().hex,
            "ServiceCode": quota.service,
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "DesiredValue": wanted,
            "Status": "APPROVED",
            "Created": time.time(),
        }
        self._granted.setdefault(self._place, {})[quota.code] = wanted
        self._requests.setdefault(self._place, []).append(made)
        self._changed()
        return made


@cache
def _quotas() -> Sequence[_Known]:
    return (*_KNOWN, *_of_instances())


_TYPES = (
    ("CreateEndpointConfig", "ProductionVariants", "InstanceType"),
    ("CreateTrainingJob", "ResourceConfig", "InstanceType"),
    ("CreateNotebookInstance", "InstanceType"),
    ("CreateApp", "ResourceSpec", "InstanceType"),
)
"""Where the model lists instance types."""


def _of_instances() -> Iterator[_Known]:
    model = service_model("sagemaker")
    types: set[str] = set()
    for operation, *path in _TYPES:
        shape = model.operation_model(operation).input_shape
        for member in path:
            shape = members_of(shape)[member]
            shape = shape.member if shape.type_name == "list" else shape
        types |= {kind for kind in shape.enum if kind.startswith("ml.")} if shape else set()
    for kind in sorted(types):
        for usage in _USAGES:
            name = usage.format(kind)
            made_up = f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
            yield _Known("sagemaker", _CODES.get(name, made_up), name, 0)


def _paged(listed: Sequence[Mapping[str, Any]], member: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
    start = int(request.get("NextToken") or 0)
    end = start + min(int(request.get("MaxResults") or _PAGE), _PAGE)
    more = {"NextToken": str(end)} if end < len(listed) else {}
    return {member: list(listed[start:end]), **more}
