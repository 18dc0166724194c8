"""What one monitor looks at, and where its runs leave what they found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from lambdas.monitor.windows import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ATTEMPTS = 2
"""How often a window is tried."""


class MonitorCalls(Protocol):
    """Calls of a service."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...

    def code_of(self, error: Exception) -> str | None:
        """The API's error code in ``error``, None if it is no answer of the API."""
        ...


@dataclass(frozen=True)
class S3Place:
    """A prefix of a bucket; ``key`` ends without a slash."""

    bucket: str
    key: str

    def below(self, name: str) -> "S3Place":
        """What is called ``name`` below it."""
        return S3Place(self.bucket, f"{self.key}/{name}" if self.key else name)

    @property
    def url(self) -> str:
        """The S3 URL."""
        return f"s3://{self.bucket}/{self.key}"

    @staticmethod
    def of(url: str) -> "S3Place":
        """The place of an S3 URL."""
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return S3Place(bucket, key.strip("/"))


@dataclass(frozen=True)
class Truth:
    """What was true, below folders of the hours in which it was collected.

    Args:
        place: Where it lies.
        every: How often it is judged: with the windows that end at whole multiples of it.
        days: After so many days, truth that has not come counts as never.
    """

    place: S3Place
    every: timedelta
    days: float

    def judged_with(self, window: Window) -> bool:
        """Whether it is judged by the run of a window."""
        return not (window.end - _EPOCH) % self.every

    def days_of(self, window: Window) -> list[str]:
        """The folders of days in which there may be truth that the run of a window judges, or predictions for it."""
        first = (window.end - self.every - timedelta(days=self.days)).date()
        last = (window.end - timedelta(hours=1)).date()
        return [f"{first + timedelta(days=each):%Y/%m/%d}" for each in range((last - first).days + 1)]


@dataclass(frozen=True)
class Monitor:
    """The environment of the function.

    Args:
        name: What metrics and events call it.
        endpoint: The endpoint that is watched; empty for a prefix.
        prefix: What the names of its jobs begin with.
        request: Of CreateProcessingJob, without what differs from run to run.
        captured: What was captured.
        reports: Where reports go.
        every: Length of a window.
        delay: How long after a window's end it is looked at.
        confirmed: In how many of how many runs a feature has to differ before anybody is told.
        severe: So many times above its threshold, a confirmed change is severe.
        features: Features whose drift has a metric of its own.
        truth: Where truth comes late, if it does.
    """

    name: str
    endpoint: str
    prefix: str
    request: Mapping[str, Any]
    captured: S3Place
    reports: S3Place
    every: timedelta
    delay: timedelta
    confirmed: tuple[int, int]
    severe: float
    features: Sequence[str]
    truth: Truth | None = None

    @staticmethod
    def of(variables: Mapping[str, str]) -> "Monitor":
        """The monitor of a function's variables."""
        more: dict[str, Any] = json.loads(variables["MONITOR"])
        late = more.get("truth")
        return Monitor(
            name=more["name"],
            endpoint=more["endpoint"],
            prefix=more["prefix"],
            request=json.loads(variables["REQUEST"]),
            captured=S3Place.of(variables["CAPTURED"]),
            reports=S3Place.of(variables["REPORTS"]),
            every=timedelta(seconds=more["every"]),
            delay=timedelta(seconds=more["delay"]),
            confirmed=tuple(more.get("confirmed", (1, 1))),
            severe=more.get("severe", 1.0),
            features=more.get("features", ()),
            truth=Truth(S3Place.of(variables["TRUTH"]), timedelta(seconds=late["every"]), late["days"])
            if late
            else None,
        )

    def folder(self, window: Window) -> S3Place:
        """Where the report of a window lies."""
        return self.reports.below(window.folder)


@dataclass(frozen=True)
class ReportFiles:
    """Documents in S3."""

    s3: MonitorCalls

    def read(self, place: S3Place) -> Any:
        """The document of JSON at a place; None if there is none."""
        content = self.content(place)
        return None if content is None else json.loads(content)

    def content(self, place: S3Place) -> bytes | None:
        """What lies at a place; None if nothing does."""
        try:
            return self.s3.call("get_object", Bucket=place.bucket, Key=place.key)["Body"].read()
        except Exception as error:
            if self.s3.code_of(error) == "NoSuchKey":
                return None
            raise

    def write(self, place: S3Place, document: object) -> None:
        """Leave a document of JSON."""
        body = json.dumps(document, separators=(",", ":")).encode()
        self.s3.call("put_object", Bucket=place.bucket, Key=place.key, Body=body, ContentType="application/json")

    def keys(self, place: S3Place) -> list[str]:
        """The keys of the objects below a place that are not empty."""
        return [str(each["Key"]) for page in self._pages(place) for each in page.get("Contents", []) if each["Size"]]

    def folders(self, place: S3Place) -> list[str]:
        """The names of the folders right below a place."""
        found = [each["Prefix"] for page in self._pages(place, "/") for each in page.get("CommonPrefixes", [])]
        return [str(each).rstrip("/").rpartition("/")[2] for each in found]

    def _pages(self, place: S3Place, delimiter: str = "") -> list[dict[str, Any]]:
        asked: dict[str, Any] = {"Bucket": place.bucket, "Prefix": f"{place.key}/"}
        if delimiter:
            asked["Delimiter"] = delimiter
        pages: list[dict[str, Any]] = []
        while True:
            pages.append(self.s3.call("list_objects_v2", **asked))
            if not pages[-1].get("IsTruncated"):
                return pages
            asked["ContinuationToken"] = pages[-1]["NextContinuationToken"]
