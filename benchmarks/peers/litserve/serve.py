"""Start LitServe with one worker, on SageMaker's paths."""

import os
from typing import Any

import litserve
import numpy

from scorer import load_scorer


class Api(litserve.LitAPI):
    """Scores `{"instances": [[…], …]}`."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self._score = load_scorer()

    def decode_request(self, request, **_):  # a type would become the way to read the body
        """The rows."""
        return numpy.asarray(request["instances"], dtype=float)

    def predict(self, x: Any, **_: Any) -> Any:
        """Their scores."""
        return self._score(x)

    def encode_response(self, output: Any, **_: Any) -> Any:
        """As JSON."""
        return {"predictions": [{"score": each} for each in output.tolist()]}


if __name__ == "__main__":
    server = litserve.LitServer(
        Api(api_path="/invocations"), accelerator="cpu", healthcheck_path="/ping", workers_per_device=1
    )
    server.run(
        host="127.0.0.1",
        port=int(os.environ["SAGEMAKER_BIND_TO_PORT"]),
        num_api_servers=1,
        generate_client_file=False,
        log_level="error",
    )
