"""The errors whose message is meant for the person who calls or operates the container."""


class RequestError(Exception):
    """A request that cannot be answered; `status` is the HTTP status that it gets."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


class ModelError(Exception):
    """A model cannot be loaded: its artifact is missing, broken or refused."""


class SettingError(Exception):
    """A variable of the environment has a value that the server cannot use."""
