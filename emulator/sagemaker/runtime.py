"""InvokeEndpoint: choose a variant, pass the request to its process, answer as SageMaker does."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.errors import ServiceError
from emulator.sagemaker.concurrency import Concurrency
from emulator.sagemaker.data_plane import Answer, Hosting, in_background
from emulator.sagemaker.endpoints import Endpoints
from emulator.sagemaker.exchange import Exchange, Observer
from emulator.sagemaker.records import Record, Records

MOST_PAYLOAD_BYTES = 25 * 1024 * 1024
MOST_SERVERLESS_BYTES = 4 * 1024 * 1024
ANSWER_SECONDS = 60
_MOST_ATTRIBUTES = 1024
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
        observers: Are told of every exchange with a container.
        draw: Gives numbers in [0, 1) for weights, traffic shares and shadows.
    """

    def __init__(
        self,
        records: Records,
        endpoints: Endpoints,
        hosting: Hosting,
        observers: Sequence[Observer] = (),
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._records = records
        self._endpoints = endpoints
        self._hosting = hosting
        self._observers = observers
        self._draw = draw
        self._serverless = Concurrency()

    def invoke(
        self, endpoint_name: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer one request; blocks until the container has answered.

        Args:
            endpoint_name: Name in the path.
            body: Payload.
            headers: Request headers, names in lower case.

        Raises:
            ServiceError: ValidationError for what SageMaker refuses itself, ThrottlingException for more
                concurrent requests than a serverless variant takes, ModelError for what the container did.
        """
        record = self.serving(endpoint_name)
        if record.outcome.get("AsyncInferenceConfig"):
            raise ServiceError(
                "ValidationError",
                f"Endpoint {endpoint_name} is asynchronous; call InvokeEndpointAsync instead of InvokeEndpoint.",
            )
        deployed = self._deployed(record)
        container, summary = self._choose(record, deployed, headers.get("x-amzn-sagemaker-target-variant"))
        serverless: Mapping[str, Any] | None = summary.get("CurrentServerlessConfig")
        check_request(body, headers, MOST_SERVERLESS_BYTES if serverless else MOST_PAYLOAD_BYTES)
        self._mirror(record, deployed, body, headers)
        if serverless:
            with self._serverless.one_more(str(container["name"]), int(serverless["MaxConcurrency"])):
                answer = self.exchange(record, container, body, headers, ANSWER_SECONDS)
        else:
            answer = self.exchange(record, container, body, headers, ANSWER_SECONDS)
        given = {name.lower(): value for name, value in answer.headers.items()}
        response = {
            "Content-Type": given.get("content-type", "application/octet-stream"),
            "x-Amzn-Invoked-Production-Variant": container["variant"],
        }
        response.update({name: given[name.lower()] for name in _RETURNED if name.lower() in given})
        return 200, response, answer.body

    def serving(self, name: str) -> Record:
        """The record of an endpoint that takes requests; raises ServiceError when there is none."""
        record = self._records.find("Endpoint", name)
        account = self._records.scope().account
        if record is None or not record.outcome.get("deployment"):
            detail = "not found." if record is None else f"is in status {record.outcome['EndpointStatus']}."
            raise ServiceError("ValidationError", f"Endpoint {name} of account {account} {detail}")
        return record

    def variant(self, record: Record) -> dict[str, Any]:
        """The container that the next request to an endpoint goes to; raises ServiceError when none takes any."""
        return self._choose(record, self._deployed(record), None)[0]

    def exchange(
        self,
        record: Record,
        container: dict[str, Any],
        body: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> Answer:
        """Send a request to a container and return its good answer; raises ServiceError for any other."""
        passed = {name: headers[given] for given, name in _PASSED.items() if headers.get(given)}
        started = sent = time.perf_counter()
        answer: Answer | None = None
        failure = ""
        try:
            self._endpoints.ensure_started(container)
            sent = time.perf_counter()
            answer = self._hosting.invoke(container["name"], body, passed, timeout_seconds)
        except ServiceError:
            raise
        except Exception as error:
            failure = str(error)
        ended = time.perf_counter()
        exchange = Exchange(record, container, body, headers, answer, ended - sent, ended - started)
        for observer in self._observers:
            observer.observed(exchange)
        if answer is None:
            raise _model_error(record, 500, failure)
        if not 200 <= answer.status < 300:
            raise _model_error(record, answer.status, answer.body.decode("utf-8", "replace"))
        return answer

    def _deployed(self, record: Record) -> Mapping[str, Any]:
        """The present deployment, or the one that takes over, by the share of traffic it has already."""
        shift = record.outcome.get("shift")
        return shift if shift and self._draw() < shift["share"] else record.outcome

    def _choose(
        self, record: Record, deployed: Mapping[str, Any], target: str | None
    ) -> tuple[dict[str, Any], Mapping[str, Any]]:
        summaries = {one["VariantName"]: one for one in deployed["ProductionVariants"]}
        containers: list[dict[str, Any]] = [
            one for one in deployed["deployment"] if "image_uri" in one and not one.get("shadow")
        ]
        if target:
            chosen = next((one for one in containers if one["variant"] == target), None)
            if chosen is None:
                raise ServiceError(
                    "ValidationError", f"Variant {target} not found for endpoint {record.request['EndpointName']}."
                )
            return chosen, summaries[target]
        mark = self._draw() * sum(float(summaries[one["variant"]]["CurrentWeight"]) for one in containers)
        for one in containers:
            weight = float(summaries[one["variant"]]["CurrentWeight"])
            if mark < weight:
                return one, summaries[one["variant"]]
            mark -= weight
        raise ServiceError(
            "ValidationError",
            f"Endpoint {record.request['EndpointName']} has no production "
            "variant that takes traffic; inference components are not emulated.",
        )

    def _mirror(self, record: Record, deployed: Mapping[str, Any], body: bytes, headers: Mapping[str, str]) -> None:
        """Send copies to the shadow variants: the ratio of the weights is the share of requests copied."""
        whole = sum(float(one["CurrentWeight"]) for one in deployed["ProductionVariants"])
        shadows: list[dict[str, Any]] = deployed.get("ShadowProductionVariants") or []
        summaries = {one["VariantName"]: one for one in shadows}
        for container in (one for one in deployed["deployment"] if one.get("shadow")):
            weight = float(summaries[container["variant"]]["CurrentWeight"])
            if whole and self._draw() < weight / whole:
                in_background(self._copy(record, container, body, headers), "shadow")

    def _copy(
        self, record: Record, container: dict[str, Any], body: bytes, headers: Mapping[str, str]
    ) -> Callable[[], None]:
        def send() -> None:
            try:
                self.exchange(record, container, body, headers, ANSWER_SECONDS)
            except ServiceError:
                return  # The metrics and the container's log tell of it; the caller must not notice.

        return send


def check_request(body: bytes, headers: Mapping[str, str], most_bytes: int) -> None:
    """Refuse a request that is too large in body or attributes; raises ServiceError."""
    if len(body) > most_bytes:
        raise ServiceError(
            "ValidationError", f"Request {len(body)} bytes exceeds the limit of {most_bytes} bytes.", status=413
        )
    if len(headers.get("x-amzn-sagemaker-custom-attributes", "")) > _MOST_ATTRIBUTES:
        raise ServiceError("ValidationError", f"CustomAttributes must be at most {_MOST_ATTRIBUTES} characters.")


def _model_error(record: Record, status: int, message: str) -> ServiceError:
    name = record.request["EndpointName"]
    stream = f"arn:aws:logs:{record.region}:{record.account}:log-group:/aws/sagemaker/Endpoints/{name}"
    said = f'Received server error ({status}) from primary with message "{message}".'
    return ServiceError(
        "ModelError",
        f"{said} See {stream} for more information.",
        status=424,
        details={"OriginalStatusCode": status, "OriginalMessage": message, "LogStreamArn": stream, "Message": said},
    )
