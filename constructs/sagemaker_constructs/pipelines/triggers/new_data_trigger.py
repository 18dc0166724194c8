"""A start for each object that arrives in a bucket."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.pipelines.triggers.event_trigger import EventTriggerBase
from sagemaker_constructs.pipelines.triggers.trigger import StartQueues
from sagemaker_constructs.storage.object_access import tell_event_bridge


@dataclass(frozen=True, kw_only=True)
class ArrivalTrigger(EventTriggerBase):
    """A trigger that is the arrival of objects."""

    @property
    def identity(self) -> Sequence[str]:
        """The object, and which of its uploads this is."""
        version = ("detail.object.version-id|detail.object.etag", "detail.object.sequencer")
        return ("detail.bucket.name", "detail.object.key", *version)

    @staticmethod
    def arrivals(bucket: s3.IBucket, key: Mapping[str, str] | None) -> Mapping[str, object]:
        """The pattern of objects in ``bucket`` whose keys match; an empty object is a folder's marker."""
        keys = {"key": [key]} if key else {}
        return {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {
                "bucket": {"name": [bucket.bucket_name]},
                "object": {**keys, "size": [{"numeric": [">", 0]}]},
            },
        }


@dataclass(frozen=True)
class NewDataTrigger(ArrivalTrigger):
    """Starts a pipeline for each upload to ``bucket`` below ``prefix`` whose key ends in ``suffix``.

    ``EventText("s3://{detail.bucket.name}/{detail.object.key}")`` is the object. Uploads of the same key are told
    apart by version and sequencer. With a ``cool_down``, many files that arrive together are one or two starts. A
    bucket of the same app is told to send its events to EventBridge; any other has to do so already.

    Provisions: one ``AWS::Events::Rule``.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """

    bucket: s3.IBucket
    prefix: str = ""
    suffix: str = ""

    def connect(self, scope: Construct, id: str, *, queues: StartQueues, message: str) -> str | None:
        """Make the rule, and have the bucket send its events."""
        tell_event_bridge(self.bucket)
        return super().connect(scope, id, queues=queues, message=message)

    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """Objects with such a key."""
        del location
        if self.prefix and self.suffix:
            # Prefix and suffix beside each other would mean either.
            return self.arrivals(self.bucket, {"wildcard": f"{_escaped(self.prefix)}*{_escaped(self.suffix)}"})
        if self.suffix:
            return self.arrivals(self.bucket, {"suffix": self.suffix})
        return self.arrivals(self.bucket, {"prefix": self.prefix} if self.prefix else None)


@dataclass(frozen=True)
class FeatureGroupTrigger(ArrivalTrigger):
    """Starts a pipeline when the offline store of the feature group ``name`` gets records.

    The store is below ``prefix`` of ``bucket``, as the group's ``S3Uri`` says. SageMaker tells EventBridge of a
    group's status and not of its records: what it does tell is S3, of each file that the offline store writes, within
    15 minutes of ``PutRecord``. One batch is many files, so use a ``cool_down``. Groups that have an online store
    alone cannot start anything.

    Provisions: one ``AWS::Events::Rule``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
    """

    name: str
    bucket: s3.IBucket
    prefix: str = ""

    def connect(self, scope: Construct, id: str, *, queues: StartQueues, message: str) -> str | None:
        """Make the rule, and have the bucket send its events."""
        tell_event_bridge(self.bucket)
        return super().connect(scope, id, queues=queues, message=message)

    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """Files of the group's data: the name of its folder ends with the time at which it was created."""
        folder = f"{location.account}/sagemaker/{location.region}/offline-store/{self.name}-"
        prefix = f"{_escaped(self.prefix.strip('/'))}/" if self.prefix.strip("/") else ""
        return self.arrivals(self.bucket, {"wildcard": f"{prefix}{folder}*/data/*.parquet"})

    def problems(self) -> Iterator[Problem | None]:
        """Rule: a name as SageMaker has it."""
        yield from super().problems()
        if not is_token(self.name) and not re.fullmatch(r"[a-zA-Z0-9]([_-]*[a-zA-Z0-9]){0,63}", self.name):
            yield Problem("name", f"must be the name of a feature group, got: {self.name!r}")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*")
