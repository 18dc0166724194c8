"""The rows that training kept aside, and what the endpoint says about them."""

import csv
import io
import json
import tarfile
from dataclasses import dataclass
from typing import Any

from demo.failure import DemoFailure

MEMBER = "held_out.csv"


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


def held_out_rows(s3: Any, *, bucket: str, key: str) -> list[tuple[list[str], str]]:
    """Features and truth of each row in the job's ``output.tar.gz``; the truth is its first column."""
    archive = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        member = next((item for item in tar if item.name.removeprefix("./") == MEMBER), None)
        content = tar.extractfile(member) if member else None
        if content is None:
            raise DemoFailure(f"s3://{bucket}/{key} holds no {MEMBER}")
        rows = list(csv.reader(io.TextIOWrapper(content)))
    _, *records = rows
    return [(features, truth) for truth, *features in records]


def ask(runtime: Any, *, endpoint: str, rows: list[tuple[list[str], str]]) -> list[Answer]:
    """One request with all ``rows`` as CSV, as a client would send it."""
    body = "\n".join(",".join(features) for features, _ in rows)
    response = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept="application/json", Body=body.encode()
    )
    predictions = json.loads(response["Body"].read())["predictions"]
    if len(predictions) != len(rows):
        raise DemoFailure(f"the endpoint answered {len(predictions)} rows of {len(rows)}")
    return [
        Answer(
            row=number,
            truth=truth,
            label=str(prediction["predicted_label"]),
            score=float(prediction["score"]),
        )
        for number, ((_, truth), prediction) in enumerate(zip(rows, predictions, strict=True), start=1)
    ]
