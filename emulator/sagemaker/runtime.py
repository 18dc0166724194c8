"""InvokeEndpoint: choose a variant, pass the request to its process, answer as SageMaker does."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from emulator.errors import ServiceError
from emulator.sagemaker.data_plane import Hosting
from emulator.sagemaker.endpoints import Endpoints
from emulator.sagemaker.records import Record, Records

MOST_PAYLOAD_BYTES = 25 * 1024 * 1024
_MOST_ATTRIBUTES = 1024
_SERVING = ("InService", "Updating", "SystemUpdating", "RollingBack")
_PASSED = {
    "content-type": "Content-Type",
    "accept": "Accept",
    "x-amzn-sagemaker-accept": "Accept",
    "x-amzn-sagemaker-custom-attributes": "X-Amzn-SageMaker-Custom-Attributes",
    "x-amzn-sagemaker-inference-id": "X-Amzn-SageMaker-Inference-Id",
    "x-amzn-sagemaker-target-model": "X-Amzn-SageMaker-Target-Model",
    "x-amzn-sagemaker-session-id": "X-Amzn-SageMaker-Session-Id",
}
_RETURNED = (
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-New-Session-Id",
    "X-Amzn-SageMaker-Closed-Session-Id",
)


class Runtime:
    """Answers invocations.

    Args:
        records: Where endpoints are kept.
        endpoints: Starts containers again that ran before a restart of the emulator.
        hosting: The data plane.
    """

    def __init__(self, records: Records, endpoints: Endpoints, hosting: Hosting) -> None:
        self._records = records
        self._endpoints = endpoints
        self._hosting = hosting

    def invoke(
        self, endpoint_name: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request; blocks until the container has answered.

        Args:
            endpoint_name: Name in the path.
            body: Payload.
            headers: Request headers, names in lower case.

        Raises:
            ServiceError: ValidationError for what SageMaker refuses itself, ModelError for what the
                container did.
        """
        record = self._serving(endpoint_name)
        if len(body) > MOST_PAYLOAD_BYTES:
            raise ServiceError(
                "ValidationError",
                f"Request {len(body)} bytes exceeds the limit of {MOST_PAYLOAD_BYTES} bytes.",
                status=413,
            )
        if len(headers.get("x-amzn-sagemaker-custom-attributes", "")) > _MOST_ATTRIBUTES:
            raise ServiceError("ValidationError", f"CustomAttributes must be at most {_MOST_ATTRIBUTES} characters.")
        container = self._choose(record, headers.get("x-amzn-sagemaker-target-variant"))
        passed = {name: headers[given] for given, name in _PASSED.items() if headers.get(given)}
        try:
            self._endpoints.ensure_started(container)
            answer = self._hosting.invoke(container["name"], body, passed)
        except ServiceError:
            raise
        except Exception as error:
            raise self._model_error(record, 500, str(error)) from error
        if not 200 <= answer.status < 300:
            raise self._model_error(record, answer.status, answer.body.decode("utf-8", "replace"))
        given = {name.lower(): value for name, value in answer.headers.items()}
        response = {
            "Content-Type": given.get("content-type", "application/octet-stream"),
            "x-Amzn-Invoked-Production-Variant": container["variant"],
        }
        response.update({name: given[name.lower()] for name in _RETURNED if name.lower() in given})
        return 200, response, answer.body

    def _serving(self, name: str) -> Record:
        record = self._records.find("Endpoint", name)
        account = self._records.scope().account
        if record is None or (
            record.outcome["EndpointStatus"] not in _SERVING and not record.outcome.get("deployment")
        ):
            detail = "not found." if record is None else f"is in status {record.outcome['EndpointStatus']}."
            raise ServiceError("ValidationError", f"Endpoint {name} of account {account} {detail}")
        return record

    @staticmethod
    def _choose(record: Record, target: str | None) -> dict[str, Any]:
        containers: list[dict[str, Any]] = [one for one in record.outcome["deployment"] if "image_uri" in one]
        if target:
            chosen = next((one for one in containers if one["variant"] == target), None)
            if chosen is None:
                raise ServiceError(
                    "ValidationError", f"Variant {target} not found for endpoint {record.request['EndpointName']}."
                )
            return chosen
        weights = {
            variant["VariantName"]: float(variant.get("CurrentWeight", 1.0))
            for variant in record.outcome["ProductionVariants"]
        }
        if not containers or not sum(weights[one["variant"]] for one in containers):
            raise ServiceError(
                "ValidationError",
                f"Endpoint {record.request['EndpointName']} has no production "
                "variant that takes traffic; inference components are not emulated.",
            )
        return random.choices(containers, [weights[one["variant"]] for one in containers])[0]

    @staticmethod
    def _model_error(record: Record, status: int, message: str) -> ServiceError:
        name = record.request["EndpointName"]
        stream = f"arn:aws:logs:{record.region}:{record.account}:log-group:/aws/sagemaker/Endpoints/{name}"
        return ServiceError(
            "ModelError",
            f'Received server error ({status}) from primary with message "{message}". '
            f"See {stream} for more information.",
            status=424,
            details={
                "OriginalStatusCode": status,
                "OriginalMessage": message,
                "LogStreamArn": stream,
                "Message": f'Received server error ({status}) from primary with message "{message}".',
            },
        )
