"""The error whose message is meant for the person who runs the job."""


class JobError(Exception):
    """A job cannot go on because of what it was given; the message is told to whoever started it."""
