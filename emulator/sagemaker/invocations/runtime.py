"""InvokeEndpoint: find what serves, pass the request on, answer as SageMaker does."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence

from emulator.containers.invocation import Answer, Invocation
from emulator.containers.multi_model import ModelDataError
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background
from emulator.sagemaker.endpoints.deployment import deployment_of
from emulator.sagemaker.endpoints.fleet import PRIMARY, Answered, ServingFleet
from emulator.sagemaker.invocations.concurrency import Concurrency, Place
from emulator.sagemaker.invocations.exchange import Exchange, Observer
from emulator.sagemaker.invocations.routing import Route, Routing
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import Response

MOST_PAYLOAD_BYTES = 25 * 1024 * 1024
MOST_SERVERLESS_BYTES = 4 * 1024 * 1024
ANSWER_SECONDS = 60
_MOST_ATTRIBUTES = 1024
_RETURNED = (
    "X-Amzn-SageMaker-Custom-Attributes",
    "X-Amzn-SageMaker-New-Session-Id",
    "X-Amzn-SageMaker-Closed-Session-Id",
)


class Runtime:
    """Answers invocations.

    Args:
        records: Where endpoints are kept.
        routing: Chooses what serves.
        fleet: Calls it.
        concurrency: Counts the requests under way.
        observers: Are told of every exchange with a container.
        draw: Gives numbers in [0, 1) for shadows.
    """

    def __init__(
        self,
        records: Records,
        routing: Routing,
        fleet: ServingFleet,
        concurrency: Concurrency,
        observers: Sequence[Observer] = (),
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._records = records
        self._routing = routing
        self._fleet = fleet
        self._concurrency = concurrency
        self._observers = observers
        self._draw = draw

    def invoke(self, endpoint_name: str, invocation: Invocation) -> Response:
        """Answer an invocation; blocks until the container has answered.

        Args:
            endpoint_name: Name in the path.
            invocation: What is asked.

        Raises:
            ServiceError: ValidationError for what SageMaker refuses itself, ThrottlingException for more
                concurrent requests than a serverless variant takes, ModelError for what the container did.
        """
        route = self.route(endpoint_name, invocation)
        self._mirror(route, invocation)
        answer = self.exchange(route, invocation, ANSWER_SECONDS)
        content_type = answer.headers.get("content-type", "application/octet-stream")
        return 200, {"Content-Type": content_type, **returned_headers(route, answer.headers)}, answer.body

    def route(self, endpoint_name: str, invocation: Invocation) -> Route:
        """Where an invocation for an immediate answer goes; raises ServiceError when it must not."""
        record = self.serving(endpoint_name)
        deployment = deployment_of(record)
        if deployment and deployment.asynchronous:
            raise ServiceError(
                "ValidationError",
                f"Endpoint {endpoint_name} is asynchronous; call InvokeEndpointAsync instead of InvokeEndpoint.",
            )
        route = self._routing.route(record, invocation)
        check_size(invocation, MOST_SERVERLESS_BYTES if route.serverless else MOST_PAYLOAD_BYTES)
        return route

    def serving(self, name: str) -> Record:
        """The record of an endpoint that takes requests; raises ServiceError when there is none."""
        record = self._records.find("Endpoint", name)
        account = self._records.scope().account
        if record is None or deployment_of(record) is None:
            detail = "not found." if record is None else f"is in status {record.outcome['EndpointStatus']}."
            raise ServiceError("ValidationError", f"Endpoint {name} of account {account} {detail}")
        return record

    def route_of(self, record: Record, invocation: Invocation) -> Route:
        """Where the next invocation of a queue goes; raises ServiceError when nothing takes it."""
        return self._routing.route(record, invocation)

    def exchange(self, route: Route, invocation: Invocation, timeout_seconds: float) -> Answer:
        """Send an invocation to what serves it and return the good answer; raises ServiceError for any other."""
        record, unit = route.endpoint, route.unit
        started = sent = time.perf_counter()
        answered: Answered | None = None
        failure = ""
        with self._concurrency.one_more(Place.of(record, unit), route.most_concurrent):
            try:
                self._fleet.ensure_started(unit)
                sent = time.perf_counter()
                answered = self._fleet.invoke(unit, invocation, timeout_seconds)
            except ServiceError:
                raise
            except ModelDataError as error:
                raise ServiceError("ValidationError", str(error)) from error
            except Exception as error:
                failure = str(error)
        ended = time.perf_counter()
        answer = answered.answer if answered else None
        self.observe(Exchange(record, unit, invocation, answer, ended - sent, ended - started))
        if answered is None:
            raise model_error(record, 500, failure)
        if not 200 <= answered.answer.status < 300:
            said = answered.answer.body.decode("utf-8", "replace")
            raise model_error(record, answered.answer.status, said, answered.source)
        return answered.answer

    def observe(self, exchange: Exchange) -> None:
        """Tell the observers of an exchange."""
        for observer in self._observers:
            observer.observed(exchange)

    def _mirror(self, route: Route, invocation: Invocation) -> None:
        """Send copies to the shadow variants: the ratio of the weights is the share of requests copied."""
        deployment = route.deployment
        whole = sum(variant.weight for variant in deployment.variants)
        weights = {variant.name: variant.weight for variant in deployment.shadows}
        for unit in (unit for unit in deployment.units if unit.shadow):
            if whole and self._draw() < weights[unit.variant] / whole:
                in_background(self._copy(Route(route.endpoint, deployment, unit), invocation), "shadow")

    def _copy(self, route: Route, invocation: Invocation) -> Callable[[], None]:
        def send() -> None:
            try:
                self.exchange(route, invocation, ANSWER_SECONDS)
            except ServiceError:
                return  # The metrics and the container's log tell of it; the caller must not notice.

        return send


def returned_headers(route: Route, answered: Mapping[str, str]) -> dict[str, str]:
    """What the caller gets to see of an answer's headers, and who gave it."""
    known = {name: answered[name.lower()] for name in _RETURNED if name.lower() in answered}
    return {"x-Amzn-Invoked-Production-Variant": route.unit.variant, **known}


def check_size(invocation: Invocation, most_bytes: int) -> None:
    """Refuse an invocation that is too large in body or attributes; raises ServiceError."""
    size = len(invocation.body)
    if size > most_bytes:
        raise ServiceError(
            "ValidationError", f"Request {size} bytes exceeds the limit of {most_bytes} bytes.", status=413
        )
    if len(invocation.custom_attributes) > _MOST_ATTRIBUTES:
        raise ServiceError("ValidationError", f"CustomAttributes must be at most {_MOST_ATTRIBUTES} characters.")


def model_error(record: Record, status: int, message: str, source: str = PRIMARY) -> ServiceError:
    """The error for what a container answered, or for its silence."""
    name = record.request["EndpointName"]
    stream = f"arn:aws:logs:{record.region}:{record.account}:log-group:/aws/sagemaker/Endpoints/{name}"
    whose = "client" if 400 <= status < 500 else "server"
    said = f'Received {whose} error ({status}) from {source} with message "{message}".'
    return ServiceError(
        "ModelError",
        f"{said} See {stream} for more information.",
        status=424,
        details={"OriginalStatusCode": status, "OriginalMessage": message, "LogStreamArn": stream, "Message": said},
    )
