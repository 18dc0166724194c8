"""What scripts get as `context`, by the names that SageMaker's inference toolkit gave it."""

from collections.abc import Mapping
from typing import Any

from serving.handler import Request
from serving.http.sessions import Session


class ScriptContext:
    """The model's folder and, in functions that answer, the request or the conversation.

    `system_properties` has `model_dir` and `gpu_id` (None: a script for a GPU asks its library). `state` is a
    dictionary that lasts as long as a conversation, and for other requests as long as the request.
    """

    def __init__(self, model_dir: str, request: Request | None = None) -> None:
        self.system_properties: Mapping[str, str | None] = {"model_dir": model_dir, "gpu_id": None}
        self.state: dict[str, Any] = {}
        self._request = request

    @property
    def session(self) -> Session | None:
        """The session of the request, with a folder for what the next request shall find."""
        return self._request.session if self._request else None

    def get_request_header(self, index: int, name: str) -> str | None:
        """A header of the request: Content-Type, Accept or the custom attributes; `index` is always 0."""
        if index or self._request is None:
            return None
        headers = {
            "content-type": self._request.content_type,
            "accept": self._request.accept,
            "x-amzn-sagemaker-custom-attributes": self._request.custom_attributes,
        }
        return headers.get(name.lower()) or None
