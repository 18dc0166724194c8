"""The rows that training kept aside, and what an endpoint says about them."""

import csv
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from demo.failure import DemoFailure

MEMBER = "held_out.csv"


@dataclass(frozen=True)
class Row:
    """One row: what the model sees, and what is true."""

    features: Sequence[str]
    truth: str


@dataclass(frozen=True)
class Answer:
    """What the endpoint said about one held-out row, and what is true."""

    row: int
    truth: str
    label: str
    score: float

    @property
    def correct(self) -> bool:
        """Whether the endpoint was right."""
        return self.label == self.truth


def held_out_rows(s3: Any, *, bucket: str, key: str) -> list[Row]:
    """Features and truth of each row in the job's ``output.tar.gz``; the truth is its first column."""
    archive = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        member = next((item for item in tar if item.name.removeprefix("./") == MEMBER), None)
        content = tar.extractfile(member) if member else None
        if content is None:
            raise DemoFailure(f"s3://{bucket}/{key} holds no {MEMBER}")
        _, *records = csv.reader(io.TextIOWrapper(content))
    return [Row(features, truth) for truth, *features in records]


def as_csv(rows: Sequence[Row]) -> bytes:
    """The body of a request with the features of ``rows``."""
    return "\n".join(",".join(row.features) for row in rows).encode()


def answers_in(body: bytes, rows: Sequence[Row]) -> list[Answer]:
    """The answers in the JSON that an endpoint gave about ``rows``."""
    predictions = json.loads(body)["predictions"]
    if len(predictions) != len(rows):
        raise DemoFailure(f"an endpoint answered {len(predictions)} rows of {len(rows)}")
    return [
        Answer(
            row=number,
            truth=row.truth,
            label=str(prediction["predicted_label"]),
            score=float(prediction["score"]),
        )
        for number, (row, prediction) in enumerate(zip(rows, predictions, strict=True), start=1)
    ]


def right(answers: Sequence[Answer]) -> str:
    """How many of them are right, in words."""
    return f"{sum(answer.correct for answer in answers)} of {len(answers)} right"
