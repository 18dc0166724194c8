"""Times that SageMaker limits."""

from aws_cdk import Duration

from sagemaker_constructs.core.validation import in_range


def seconds_between(name: str, value: Duration, minimum: int, maximum: int) -> str | None:
    """Rule: ``value`` is a whole number of seconds between ``minimum`` and ``maximum``."""
    if value.is_unresolved():
        return None
    seconds, rest = divmod(value.to_milliseconds(), 1000)
    if rest:
        return f"{name} must be whole seconds, got: {value.to_milliseconds():g} milliseconds"
    return in_range(f"{name} in seconds", round(seconds), minimum, maximum)
