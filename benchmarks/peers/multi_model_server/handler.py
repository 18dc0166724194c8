"""sagemaker-inference's default decoding and encoding around the model."""

from collections.abc import Callable
from typing import Any

from sagemaker_inference.default_handler_service import DefaultHandlerService
from sagemaker_inference.default_inference_handler import DefaultInferenceHandler
from sagemaker_inference.transformer import Transformer

from scorer import load_scorer


class Handler(DefaultInferenceHandler):
    """Loads the model and scores what the toolkit has decoded."""

    def default_model_fn(self, model_dir: str, context: Any = None) -> Callable[[Any], Any]:
        """The model, whatever the folder."""
        return load_scorer()

    def default_predict_fn(self, data: Any, model: Callable[[Any], Any], context: Any = None) -> Any:
        """The scores of one row or of many."""
        return model(data.reshape(1, -1) if data.ndim == 1 else data)


service = DefaultHandlerService(transformer=Transformer(default_inference_handler=Handler()))


def handle(data: Any, context: Any) -> Any:
    """What multi-model-server calls: without data once, when it loads the model."""
    if data is None:
        service.initialize(context)
        return None
    return service.handle(data, context)
