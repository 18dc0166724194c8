"""Where the job's MLflow is, and how a request is signed for it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from jobs.errors import JobError

_HEADERS = {"mlflow-tracking-server": "x-mlflow-sm-tracking-server-arn", "mlflow-app": "x-sm-mlflow-app-arn"}
_SIGNED_FOR = {"mlflow-tracking-server": "sagemaker-mlflow", "mlflow-app": "sagemaker"}


@dataclass(frozen=True)
class Endpoint:
    """The address of an MLflow; of one of SageMaker's its header too, and what requests are signed for.

    The same as in AWS's plug-in `sagemaker-mlflow` for MLflow's own client, its variable
    `SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT` included.

    https://docs.aws.amazon.com/sagemaker/latest/dg/mlflow-track-experiments.html
    """

    url: str
    headers: Mapping[str, str]
    service: str = ""
    region: str = ""

    @classmethod
    def of(cls, uri: str) -> "Endpoint":
        """What a tracking URI means: the ARN of an app or of a server, or an address. Raises JobError."""
        if uri.startswith(("http://", "https://")):
            return cls(uri.rstrip("/"), {})
        parts = uri.split(":", 5)
        resource = parts[5].partition("/")[0] if len(parts) == 6 else ""
        if parts[0] != "arn" or resource not in _HEADERS:
            raise JobError(f"MLFLOW_TRACKING_URI is neither an address nor the ARN of an MLflow: {uri}")
        region = parts[3]
        host = (
            f"{region}.experiments.sagemaker"
            if resource == "mlflow-tracking-server"
            else f"mlflow.sagemaker.{region}.app"
        )
        url = os.environ.get("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT") or f"https://{host}.aws"
        return cls(url.rstrip("/"), {_HEADERS[resource]: uri}, _SIGNED_FOR[resource], region)

    def signed(self, session: Any, method: str, url: str, body: bytes) -> dict[str, str]:
        """The headers of a request, signed with the job's credentials where it goes to SageMaker."""
        given = {"Content-Type": "application/json", **self.headers}
        if not self.service:
            return given
        # Imported by those who are tracked alone: it takes half a second.
        auth, awsrequest = import_module("botocore.auth"), import_module("botocore.awsrequest")
        request = awsrequest.AWSRequest(method=method, url=url, data=body, headers=given)
        auth.SigV4Auth(session.get_credentials(), self.service, self.region).add_auth(request)
        return dict(request.headers.items())
