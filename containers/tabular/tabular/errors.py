"""The errors whose message is meant for the person who uses the image."""


class TrainingError(Exception):
    """Training cannot go on because of its input; the message becomes the job's FailureReason."""
