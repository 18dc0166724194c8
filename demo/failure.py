"""What stops a demo."""


class DemoFailure(Exception):  # noqa: N818 - it is told to a person, as a reason
    """A step failed; the message is one line that a person can act on."""
