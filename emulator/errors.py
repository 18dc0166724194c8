"""The error an emulated API answers with, and the one the launcher raises."""

from __future__ import annotations


class EmulatorError(Exception):
    """A failure to start, find or stop an emulator; the message is one line for people."""


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
