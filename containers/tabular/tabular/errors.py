"""The errors whose message is meant for the person who uses the image."""


class TrainingError(Exception):
    """Training cannot go on because of its input; the message becomes the job's FailureReason."""


class ArtifactError(Exception):
    """The model artifact is missing, broken or refused."""


class PayloadError(Exception):
    """A request that cannot be answered; `status` is the HTTP status it gets."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status
