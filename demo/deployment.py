"""What a question may use, and what it brings home."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeVar

from demo.account import Account
from demo.failure import DemoFailure
from demo.held_out import Answer, Row, answers_in, as_csv

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Answered:
    """One line of the summary: which kind of endpoint was asked what, and what it answered."""

    kind: str
    endpoint: str
    asked: str
    answered: str
    answers: Sequence[Answer] = ()
    """What it said about each held-out row, if it was asked about all of them."""
    again: str = ""
    """A command that asks once more, when the emulator runs; empty when boto3 is needed."""


@dataclass(frozen=True)
class Question:
    """What is asked of the stack ``stack``, if it was deployed and has the output ``needs``.

    ``last`` is what changes other stacks, and so is asked when nobody else asks any more.
    """

    name: str
    stack: str
    ask: Callable[["Deployment"], Answered]
    needs: str = "EndpointName"
    last: bool = False


@dataclass(frozen=True)
class Deployment:
    """One deployed stack, and the rows to ask about."""

    account: Account
    outputs: Mapping[str, str]
    rows: Sequence[Row]
    over: Event
    """Set when the demo ends early: nobody waits any longer."""

    @property
    def endpoint(self) -> str:
        """The endpoint's name."""
        return self.outputs["EndpointName"]

    def client(self, service: str) -> Any:
        """A client with the demo's own credentials."""
        return self.account.client(service)

    def predict(self, rows: Sequence[Row], **request: str) -> tuple[list[Answer], str]:
        """What the endpoint answers about ``rows``, and the variant that did."""
        response = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.endpoint,
            ContentType="text/csv",
            Accept="application/json",
            Body=as_csv(rows),
            **request,
        )
        return answers_in(response["Body"].read(), rows), response.get("InvokedProductionVariant", "")

    def wait_for(self, what: str, look: Callable[[], Seen | None], seconds: float = 300) -> Seen:
        """Look until there is something to see; a DemoFailure names ``what`` did not come."""
        end = time.monotonic() + seconds
        while (seen := look()) is None:
            if time.monotonic() > end or self.over.wait(0.25):
                raise DemoFailure(f"{what} did not come within {seconds:g} s")
        return seen

    @property
    def data_bucket(self) -> str:
        """The platform's bucket for what comes in and what goes out."""
        return self.account.output("foundation", "DataBucket")

    def read(self, url: str) -> bytes | None:
        """The object at an S3 URL, None if there is none yet."""
        bucket, key = split_url(url)
        s3 = self.client("s3")
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.NoSuchKey:
            return None

    def instances(self) -> int:
        """Instances that the endpoint's variants have now."""
        described = self.client("sagemaker").describe_endpoint(EndpointName=self.endpoint)
        return sum(int(variant.get("CurrentInstanceCount", 0)) for variant in described["ProductionVariants"])


def split_url(url: str) -> tuple[str, str]:
    """Bucket and key of an S3 URL."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
