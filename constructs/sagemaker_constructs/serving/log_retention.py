"""For how many days CloudWatch can keep logs."""

from collections.abc import Iterator

from sagemaker_constructs.core.validation import is_token

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400),
    *(545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What PutRetentionPolicy takes.

See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""
ONE_YEAR = 365


def retention_problems(name: str, days: int) -> Iterator[str | None]:
    """What CloudWatch would refuse."""
    if not is_token(days) and days not in RETENTION_DAYS:
        yield f"{name} must be one of {', '.join(map(str, RETENTION_DAYS))}, got: {days}"
