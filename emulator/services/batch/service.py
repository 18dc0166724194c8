"""Batch's requests, answered here instead of by MiniStack."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.images.store import ImageStore
from emulator.ministack import hooks, saved_state
from emulator.services.batch.attempts import Attempts
from emulator.services.batch.catalog import BatchCatalog
from emulator.services.batch.held import BatchRecords, Item
from emulator.services.batch.jobs import BatchJobs
from emulator.services.batch.scheduling import Scheduling
from emulator.shapes.aws_rules import AwsRules
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response
from emulator.shapes.rest_json import read_call
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate

_REFUSAL = "ClientException"


class Batch:
    """The API.

    Args:
        images: Where image URIs are looked up.
        state: The emulator's state directory.
        aws_environment: Variables by which every container reaches the emulator.
        rules: Judges requests.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(
        self,
        images: ImageStore,
        state: Path,
        aws_environment: Mapping[str, str],
        rules: AwsRules,
        changed: Callable[[], None],
    ) -> None:
        self._rules = rules
        self.records = BatchRecords(hooks.current_scope, changed)
        attempts = Attempts(images=images, directory=state / "batch", aws_environment=aws_environment)
        self._scheduling = Scheduling(self.records, attempts, hooks.publisher("aws.batch"))
        jobs = BatchJobs(self.records, self._scheduling)
        catalog = BatchCatalog(self.records, jobs.end_all)
        rules.finds(catalog.environment, "ComputeEnvironment")
        self._operations = {**catalog.operations, **jobs.operations}

    def call(self, operation: str, request: Mapping[str, Any]) -> Item:
        """Answer an operation; raises ServiceError."""
        answer = self._operations.get(operation)
        if answer is None:
            raise ServiceError(_REFUSAL, f"The emulator does not support {operation} of Batch.")
        validate(service_model("batch").operation_model(operation).input_shape, request, _REFUSAL)
        self._rules.refuse(operation, request, _REFUSAL)
        with self.records.lock:
            answered = answer(request)
        if not operation.startswith(("Describe", "List")):
            self.records.changed()
        return answered

    def settle_after_restart(self, reason: str) -> list[str]:
        """Let jobs fail whose containers ended with the emulator; returns a sentence for each. The others go on."""
        return self._scheduling.settle_after_restart(reason)

    def take_over(self) -> None:
        """Answer the requests that come to MiniStack."""

        def wrap(_others: hooks.Handler) -> hooks.Handler:
            return self._handle

        hooks.wrap_service("batch", wrap)
        hooks.keep_content_types("batch")
        saved_state.add_state("batch", self.records.get_state, self.records.restore)

    async def _handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        del headers
        try:
            asked = read_call("batch", method, path, query, body)
            if asked is None:
                raise ServiceError(_REFUSAL, f"Batch has no operation {method} {path}.")
            # The scheduler's thread may hold the lock for a moment.
            return json_response(200, await asyncio.to_thread(self.call, asked.operation, asked.request))
        except ServiceError as error:
            return error_response(error)
