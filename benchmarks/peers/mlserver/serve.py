"""Start MLServer with a runtime of our model, without worker processes: that is its fastest way here."""

import asyncio
import os

from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse

from scorer import load_scorer


class Runtime(MLModel):
    """Scores the first tensor."""

    async def load(self) -> bool:
        """Load the model."""
        self._score = load_scorer()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Decode, score, encode."""
        scores = self._score(NumpyCodec.decode_input(payload.inputs[0]))
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("score", scores)])


async def main() -> None:
    """Serve over HTTP until a signal comes."""
    port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    settings = Settings(
        host="127.0.0.1",
        http_port=port,
        grpc_port=port + 1,
        metrics_endpoint=None,
        parallel_workers=0,
        debug=False,
    )
    server = MLServer(settings)
    await server.start([ModelSettings(name="bench", implementation=Runtime)])


asyncio.run(main())
