"""Requests of Redshift Serverless and of the Data API, which MiniStack has not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.ministack import hooks, in_process, saved_state
from emulator.services.athena.tables.objects import ObjectClient
from emulator.services.redshift.data_api import DataApi
from emulator.services.redshift.databases import Databases
from emulator.services.redshift.held import Item, RedshiftRecords, invalid
from emulator.services.redshift.resources import RedshiftResources
from emulator.shapes.aws_rules import AwsRules
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body
from emulator.shapes.service_model import service_model
from emulator.shapes.validation import validate

_READ = ("Describe", "Get", "List")


class RedshiftServerless:
    """The APIs `redshift-serverless` and `redshift-data`.

    Args:
        s3: A client.
        state: The emulator's state directory.
        rules: Judges requests.
        changed: Called after each change, so that it can be saved.
    """

    def __init__(self, s3: ObjectClient, state: Path, rules: AwsRules, changed: Callable[[], None]) -> None:
        self._rules = rules
        self._one_at_a_time = threading.Lock()
        self._records = RedshiftRecords(hooks.current_scope, changed)
        databases = Databases(state / "redshift" / "databases")
        self._resources = RedshiftResources(self._records, databases)
        publish = hooks.publisher("aws.redshift-data")
        self._data = DataApi(self._records, databases, s3, state / "redshift", publish)
        rules.finds(_subnet, "Subnet")

    def call(self, operation: str, request: Mapping[str, Any]) -> Item:
        """Answer an operation on namespaces, workgroups and snapshots; raises ServiceError."""
        answer = self._resources.operations.get(operation)
        if answer is None:
            raise invalid(f"The emulator does not support {operation} of Redshift Serverless.")
        validate(service_model("redshift-serverless").operation_model(operation).input_shape, request)
        self._rules.refuse(operation, request)
        # Not the records' own lock: secrets are made by this server, whose loop takes that one to save.
        with self._one_at_a_time:
            answered = answer(request)
        if not operation.startswith(_READ):
            self._records.changed()
        return answered

    def take_over(self) -> None:
        """Answer the requests of both APIs."""
        hooks.add_service("redshift-serverless", _handler(self.call), ["RedshiftServerless."])
        hooks.add_service("redshift-data", _handler(self._data.call), ["RedshiftData."])
        saved_state.add_state("redshift_serverless", self._records.get_state, self._records.restore)


def _handler(call: Callable[[str, Mapping[str, Any]], Item]) -> hooks.Handler:
    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        del method, path, query
        operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
        try:
            # Secrets, subnets and objects are asked for at this server.
            return json_response(200, await asyncio.to_thread(call, operation, parsed_body(body)))
        except ServiceError as error:
            return error_response(error)

    return handle


def _subnet(_kind: str, identifier: str) -> Mapping[str, Any] | None:
    try:
        found = in_process.call("ec2", "DescribeSubnets", {"SubnetIds": [identifier]})["Subnets"]
    except ServiceError:
        return None
    return found[0] if found else None
