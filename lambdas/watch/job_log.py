"""What a training job has logged since the last look."""

from collections.abc import Iterator, MutableMapping
from typing import Any, Protocol

GROUP = "/aws/sagemaker/TrainingJobs"
_MOST_PAGES = 20
"""Up to a megabyte each; the rest is read by the next look."""


class CalledApi(Protocol):
    """Calls of a service."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


def new_lines(logs: CalledApi, job: str, places: MutableMapping[str, str]) -> Iterator[tuple[str, str]]:
    """Stream and text of each line after ``places``, which move on with them.

    See https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    """
    for stream in _streams(logs, job):
        for _ in range(_MOST_PAGES):
            place = {"nextToken": places[stream]} if stream in places else {}
            page = logs.call("get_log_events", logGroupName=GROUP, logStreamName=stream, startFromHead=True, **place)
            for event in page["events"]:
                yield stream, str(event["message"])
            unmoved = places.get(stream) == page["nextForwardToken"]
            places[stream] = page["nextForwardToken"]
            if unmoved:
                break


def _streams(logs: CalledApi, job: str) -> list[str]:
    """The streams of the job's machines; none before the first line."""
    found: list[str] = []
    more: dict[str, str] = {}
    while True:
        try:
            page = logs.call("describe_log_streams", logGroupName=GROUP, logStreamNamePrefix=f"{job}/", **more)
        except Exception as error:
            if logs.code_of(error) == "ResourceNotFoundException":
                return []
            raise
        found += [str(each["logStreamName"]) for each in page["logStreams"]]
        if not page.get("nextToken"):
            return sorted(found)
        more = {"nextToken": page["nextToken"]}
