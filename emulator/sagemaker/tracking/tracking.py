"""What MLflow apps and tracking servers do beyond being recorded: their MLflow is reached, opened and stopped."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from emulator.sagemaker.api.kinds import kinds
from emulator.sagemaker.api.records import Record, Records
from emulator.sagemaker.tracking.mlflow_servers import MlflowServers
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import Response, error_response

ARN_HEADERS = ("x-mlflow-sm-tracking-server-arn", "x-sm-mlflow-app-arn")
"""The header by which a request of MLflow's client names the server or the app that it is for."""
_KINDS = ("MlflowApp", "MlflowTrackingServer")
_ANSWER_SECONDS = 120
_KEPT_HEADERS = ("content-type", "accept", "user-agent")


class Tracking:
    """The MLflow of each app and server.

    Args:
        records: Where they are kept.
        servers: Their processes.
    """

    def __init__(self, records: Records, servers: MlflowServers) -> None:
        self._records = records
        self._servers = servers

    @property
    def operations(self) -> Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]:
        """Operations of the API that are more than a verb; each may take as long as an MLflow takes to start."""
        return {
            "CreatePresignedMlflowAppUrl": lambda request: self._open("MlflowApp", request["Arn"]),
            "CreatePresignedMlflowTrackingServerUrl": lambda request: self._open(
                "MlflowTrackingServer", request["TrackingServerName"]
            ),
        }

    def created(self, record: Record) -> None:
        """Nothing: the first request starts it."""

    def updated(self, record: Record, request: Mapping[str, Any]) -> None:
        """The next start takes another place of the artifacts."""
        if "ArtifactStoreUri" in request:
            self._servers.stop(record.arn)

    def stopped(self, record: Record) -> None:
        """End its process; its runs stay."""
        self._servers.stop(record.arn)
        self._records.change(record, TrackingServerStatus="Stopped")

    def deleted(self, record: Record) -> bool:
        """End its process, and delete its runs."""
        self._servers.forget(record.arn)
        return True

    def container_environment(self, request: Mapping[str, Any], gateway: str) -> dict[str, str]:
        """What a job's container needs to reach the MLflow that its variables name; that is started meanwhile.

        Whether it starts or not, the container is told by its own request.
        """
        arn = str(request.get("Environment", {}).get("MLFLOW_TRACKING_URI", ""))
        if not arn.startswith("arn:"):
            return {}
        with suppress(ServiceError):
            self._address(arn)
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": arn.split(":")[3],
            "AWS_ENDPOINT_URL": gateway,
            "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": gateway,
        }

    def forward(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> Response:
        """Answer a request of MLflow's client by the MLflow that its header names; blocks."""
        try:
            address = self._address(next(headers[name] for name in ARN_HEADERS if name in headers))
        except ServiceError as error:
            return error_response(error)
        connection = http.client.HTTPConnection(address, timeout=_ANSWER_SECONDS)
        try:
            target = f"{path}?{urlencode(query, doseq=True)}" if query else path
            connection.request(
                method, target, body, {name: headers[name] for name in _KEPT_HEADERS if name in headers}
            )
            answer = connection.getresponse()
            content_type = answer.getheader("content-type", "application/json")
            return answer.status, {"Content-Type": content_type}, answer.read()
        except OSError as error:
            return error_response(ServiceError("ServiceUnavailable", f"MLflow did not answer: {error}", 503))
        finally:
            connection.close()

    def _open(self, kind: str, name: str) -> dict[str, Any]:
        known = kinds()[kind]
        record = self._records.find(kind, known.key({known.identity[-1]: name}))
        if record is None:
            raise ServiceError("ResourceNotFound", f"Could not find {known.label} {name}.")
        return {"AuthorizedUrl": f"http://{self._address(record.arn)}/"}

    def _address(self, arn: str) -> str:
        record = self._records.by_arn(arn)
        if record is None or record.kind not in _KINDS:
            raise ServiceError("ResourceNotFound", f"There is no MLflow {arn}.", 404)
        if record.outcome.get("TrackingServerStatus") == "Stopped":
            raise ServiceError("ValidationException", f"The tracking server {arn} is stopped.")
        return self._servers.address(record.arn, record.request["ArtifactStoreUri"])
