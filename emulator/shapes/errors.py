"""The error an emulated API answers with."""

from __future__ import annotations


class ServiceError(Exception):
    """An error response of an emulated AWS API.

    Args:
        code: Error code as the SDKs see it, such as `ValidationException`.
        message: Text of the message.
        status: HTTP status.
        details: Further members of the error body, such as `OriginalStatusCode`.
    """

    def __init__(self, code: str, message: str, status: int = 400, details: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.details = details or {}
