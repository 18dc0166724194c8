"""InvokeEndpointWithResponseStream: a container's answer, passed on chunk by chunk.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import ExitStack

from emulator.containers.invocation import Answer, Invocation, StreamedAnswer
from emulator.sagemaker.endpoints.fleet import ServingFleet
from emulator.sagemaker.invocations.concurrency import Concurrency, Place
from emulator.sagemaker.invocations.event_stream import CONTENT_TYPE, event, exception
from emulator.sagemaker.invocations.exchange import Exchange
from emulator.sagemaker.invocations.routing import Route
from emulator.sagemaker.invocations.runtime import ANSWER_SECONDS, Runtime, model_error, returned_headers
from emulator.shapes.errors import ServiceError

Events = Generator[bytes]


class StreamingRuntime:
    """Answers invocations whose answers are streams.

    Args:
        runtime: Finds what serves.
        fleet: Calls it.
        concurrency: Counts the requests under way.
    """

    def __init__(self, runtime: Runtime, fleet: ServingFleet, concurrency: Concurrency) -> None:
        self._runtime = runtime
        self._fleet = fleet
        self._concurrency = concurrency

    def invoke(self, endpoint_name: str, invocation: Invocation) -> tuple[int, dict[str, str], Events]:
        """Begin an answer; the events follow as the container writes, the last one says so if it breaks off.

        Args:
            endpoint_name: Name in the path.
            invocation: What is asked.

        Raises:
            ServiceError: As for InvokeEndpoint, before the first byte of the answer.
        """
        route = self._runtime.route(endpoint_name, invocation)
        began = time.perf_counter()
        with ExitStack() as opening:
            place = Place.of(route.endpoint, route.unit)
            opening.enter_context(self._concurrency.one_more(place, route.most_concurrent))
            answer = self._opened(route, invocation, opening, began)
            resources = opening.pop_all()
        content_type = answer.headers.get("content-type", "application/octet-stream")
        response = {
            "Content-Type": CONTENT_TYPE,
            "X-Amzn-SageMaker-Content-Type": content_type,
            **returned_headers(route, answer.headers),
        }
        return 200, response, self._events(route, invocation, answer, resources, began)

    def _opened(self, route: Route, invocation: Invocation, opening: ExitStack, began: float) -> StreamedAnswer:
        try:
            self._fleet.ensure_started(route.unit)
            answer = opening.enter_context(self._fleet.stream(route.unit, invocation, ANSWER_SECONDS))
            if 200 <= answer.status < 300:
                return answer
            refusal = Answer(answer.status, b"".join(answer.chunks), answer.headers)
        except ServiceError:
            raise
        except Exception as error:
            self._observe(route, invocation, None, began)
            raise model_error(route.endpoint, 500, str(error)) from error
        self._observe(route, invocation, refusal, began)
        raise model_error(route.endpoint, refusal.status, refusal.body.decode("utf-8", "replace"))

    def _events(
        self,
        route: Route,
        invocation: Invocation,
        answer: StreamedAnswer,
        resources: ExitStack,
        began: float,
    ) -> Events:
        whole = bytearray()
        complete: Answer | None = None
        try:
            with resources:
                for chunk in answer.chunks:
                    whole += chunk
                    yield event("PayloadPart", chunk)
            complete = Answer(answer.status, bytes(whole), answer.headers)
        except Exception as error:
            yield exception("ModelStreamError", {"Message": str(error), "ErrorCode": "StreamBroken"})
        finally:
            self._observe(route, invocation, complete, began)

    def _observe(self, route: Route, invocation: Invocation, answer: Answer | None, began: float) -> None:
        seconds = time.perf_counter() - began
        self._runtime.observe(Exchange(route.endpoint, route.unit, invocation, answer, seconds, seconds))
