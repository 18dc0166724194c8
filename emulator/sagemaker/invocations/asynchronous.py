"""InvokeEndpointAsync: requests wait in a queue, are worked off in the background, and answer through S3 and SNS.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html. The queues live in memory: what waits when
the emulator ends is lost.
"""

from __future__ import annotations

import io
import json
import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emulator.containers.invocation import Invocation
from emulator.containers.objects import S3Client, split_uri
from emulator.ministack.hooks import in_scope
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.api.settling import in_background
from emulator.sagemaker.endpoints.deployment import deployment_of
from emulator.sagemaker.endpoints.settings import AsyncInferenceConfig
from emulator.sagemaker.invocations.asynchronous_results import (
    AsynchronousRequest,
    failure_reason_of,
    notification,
    publish,
)
from emulator.sagemaker.invocations.runtime import Runtime, check_size
from emulator.services.cloudwatch import metric_store
from emulator.shapes.errors import ServiceError

logger = logging.getLogger("emulator.asynchronous")

ROUND_SECONDS = 0.25
CONCURRENT_PER_INSTANCE = 4
_MOST_BODY_BYTES = 128_000
_TIMEOUT_SECONDS = 900
_LIFETIME_SECONDS = 21_600


@dataclass
class _Queue:
    endpoint: Record
    waiting: deque[AsynchronousRequest] = field(default_factory=deque[AsynchronousRequest])
    running: int = 0


class AsynchronousRuntime:
    """Queues of asynchronous endpoints.

    Args:
        records: Where endpoints are kept.
        runtime: Finds endpoints and sends requests to their containers.
        s3: Client for input and output.
    """

    def __init__(self, records: Records, runtime: Runtime, s3: S3Client) -> None:
        self._records = records
        self._runtime = runtime
        self._s3 = s3
        self._lock = threading.Lock()
        self._queues: dict[str, _Queue] = {}

    def invoke(
        self, endpoint_name: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Take a request into the queue and say where its answer will be.

        Args:
            endpoint_name: Name in the path.
            body: Payload of at most 128,000 bytes, unless the headers name an InputLocation.
            headers: Request headers, names in lower case.

        Raises:
            ServiceError: ValidationError for an endpoint that is not asynchronous or a request without input.
        """
        record = self._runtime.serving(endpoint_name)
        settings = settings_of(record)
        if settings is None:
            raise ServiceError(
                "ValidationError",
                f"Endpoint {endpoint_name} is not asynchronous; call InvokeEndpoint instead of InvokeEndpointAsync.",
            )
        check_size(Invocation.received(body, headers), _MOST_BODY_BYTES)
        request = _request(record, settings, body, headers)
        with self._lock:
            queue = self._queues.setdefault(record.arn, _Queue(record))
            queue.endpoint = record
            queue.waiting.append(request)
        answered = {"Content-Type": "application/json", "X-Amzn-SageMaker-OutputLocation": request.output_location}
        if request.failure_location:
            answered["X-Amzn-SageMaker-FailureLocation"] = request.failure_location
        return 202, answered, json.dumps({"InferenceId": request.inference_id}).encode()

    def work(self) -> None:
        """Start what there is room for, let old requests expire, and publish the backlog. Call it in rounds."""
        for record in self._records.everywhere():
            if record.kind == "Endpoint" and settings_of(record):
                with self._lock:
                    self._queues.setdefault(record.arn, _Queue(record)).endpoint = record
        with self._lock:
            gone = [arn for arn, queue in self._queues.items() if not self._records.exists(queue.endpoint)]
            for arn in gone:
                del self._queues[arn]
            queues = list(self._queues.values())
        for queue in queues:
            with in_scope(queue.endpoint.account, queue.endpoint.region):
                self._start(queue)
                self._publish_backlog(queue)

    def _start(self, queue: _Queue) -> None:
        settings = settings_of(queue.endpoint)
        each = settings.concurrent_per_instance if settings else None
        room = (CONCURRENT_PER_INSTANCE if each is None else each) * _instances(queue.endpoint)
        while True:
            with self._lock:
                if not queue.waiting:
                    return
                expired = queue.waiting[0].expires < time.time()
                if queue.running >= room and not expired:
                    return
                request = queue.waiting.popleft()
                queue.running += 1
            in_background(lambda request=request, expired=expired: self._run(queue, request, expired), "asynchronous")

    def _run(self, queue: _Queue, request: AsynchronousRequest, expired: bool) -> None:
        try:
            if expired:
                self._fail(queue.endpoint, request, "RequestExpired: the request waited longer than it may.", b"")
            else:
                self._answer(queue.endpoint, request)
        except Exception:
            logger.exception("asynchronous request %s", request.inference_id)
        finally:
            with self._lock:
                queue.running -= 1

    def _answer(self, endpoint: Record, request: AsynchronousRequest) -> None:
        try:
            invocation = request.invocation
            if request.input_location is not None:
                invocation = replace(invocation, body=self._read(request.input_location))
        except Exception as error:
            self._fail(endpoint, request, f"ClientError: Failed to download {request.input_location}: {error}", b"")
            return
        try:
            route = self._runtime.route_of(endpoint, invocation)
            answer = self._runtime.exchange(route, invocation, request.timeout_seconds)
        except ServiceError as error:
            said = str(error.details.get("OriginalMessage", error.message))
            self._fail(endpoint, request, failure_reason_of(error), said.encode())
            return
        try:
            self._write(request.output_location, answer.body)
        except Exception as error:
            self._fail(endpoint, request, f"ClientError: Failed to upload {request.output_location}: {error}", b"")
            return
        settings = settings_of(endpoint)
        told = notification(endpoint, request, content_type=answer.content_type)
        publish(settings.success_topic if settings else None, told)

    def _fail(self, endpoint: Record, request: AsynchronousRequest, reason: str, said: bytes) -> None:
        if request.failure_location:
            try:
                self._write(request.failure_location, said or reason.encode())
            except Exception as error:
                logger.error("the failure was not written to %s: %s", request.failure_location, error)
        settings = settings_of(endpoint)
        publish(settings.error_topic if settings else None, notification(endpoint, request, failure_reason=reason))

    def _read(self, uri: str) -> bytes:
        bucket, key = split_uri(uri)
        return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def _write(self, uri: str, content: bytes) -> None:
        bucket, key = split_uri(uri)
        self._s3.put_object(Bucket=bucket, Key=key, Body=io.BytesIO(content))

    def _publish_backlog(self, queue: _Queue) -> None:
        with self._lock:
            size = len(queue.waiting) + queue.running
        instances = _instances(queue.endpoint)
        dimensions = {"EndpointName": str(queue.endpoint.request["EndpointName"])}
        for name, value in (
            ("ApproximateBacklogSize", float(size)),
            ("ApproximateBacklogSizePerInstance", size / max(1, instances)),
            ("HasBacklogWithoutCapacity", float(size > 0 and not instances)),
        ):
            metric_store.put_gauge(metric_store.SAGEMAKER, name, dimensions, value)


def settings_of(endpoint: Record) -> AsyncInferenceConfig | None:
    """The settings of an asynchronous endpoint; None for any other, and before it is in service."""
    deployment = deployment_of(endpoint)
    return deployment.asynchronous if deployment else None


def _request(
    record: Record, settings: AsyncInferenceConfig, body: bytes, headers: Mapping[str, str]
) -> AsynchronousRequest:
    given = {name.removeprefix("x-amzn-sagemaker-"): value for name, value in headers.items()}
    location = given.get("inputlocation")
    if (location is None) == (not body):
        raise ServiceError("ValidationError", "A request needs either an InputLocation or a Body.")
    if not settings.output_path:
        raise ServiceError("ValidationError", f"Endpoint {record.request['EndpointName']} has no S3OutputPath.")
    identity = str(uuid.uuid4())
    extension = [given[name].strip("/") for name in ("s3outputpathextension",) if given.get(name)]
    name = given.get("filename", f"{identity}.out")
    content_type = given.get("content-type", headers.get("content-type", ""))
    inference_id = given.get("inference-id", identity)
    passed = {**headers, "content-type": content_type, "x-amzn-sagemaker-inference-id": inference_id}
    return AsynchronousRequest(
        inference_id=inference_id,
        invocation=Invocation.received(body, passed),
        input_location=location,
        output_location="/".join([settings.output_path.rstrip("/"), *extension, name]),
        failure_location=f"{settings.failure_path.rstrip('/')}/{identity}-error.out"
        if settings.failure_path
        else None,
        timeout_seconds=float(given.get("invocationtimeoutseconds", _TIMEOUT_SECONDS)),
        expires=time.time() + float(given.get("requestttlseconds", _LIFETIME_SECONDS)),
    )


def _instances(endpoint: Record) -> int:
    deployment = deployment_of(endpoint)
    return deployment.instances if deployment else 0
