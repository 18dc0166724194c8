"""Endpoints whose model has several containers: a serial pipeline, and containers asked for by name."""

import json
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import ClientError

from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure
from demo.held_out import Row, answers_in, as_csv, right

FIELDS = Path(__file__).resolve().parents[3] / "models" / "named-fields" / "fields.json"


def ask_pipeline(deployed: Deployment) -> Answered:
    """All rows as records with named fields, in no order; a record with an unknown field is refused."""
    answers = answers_in(_ask(deployed, _records(deployed.rows)), deployed.rows)
    try:
        _ask(deployed, json.dumps({"instances": [{"no such field": 1}]}).encode())
    except ClientError as error:
        if "unknown fields: no such field" not in str(error):
            raise
    else:
        raise DemoFailure("the pipeline answered about a record with an unknown field")
    return Answered(
        kind="pipeline",
        endpoint=deployed.endpoint,
        asked=f"{len(answers)} records with named fields; one with an unknown field",
        answered=f"through {deployed.outputs['ContainerNames'].replace(',', ' and ')}: {right(answers)}; refused",
        answers=answers,
    )


def ask_directly(deployed: Deployment) -> Answered:
    """One container for the rows that a model would get, and the other for what it says about them."""
    first, second = deployed.outputs["ContainerNames"].split(",")
    prepared = _ask(deployed, _records(deployed.rows), TargetContainerHostname=first)
    if _numbers(prepared) != _numbers(as_csv(deployed.rows)):
        raise DemoFailure(f"the container {first} did not give the rows back in the model's order")
    answers, _ = deployed.predict(deployed.rows, TargetContainerHostname=second)
    return Answered(
        kind="direct",
        endpoint=deployed.endpoint,
        asked=f"{first} for {len(deployed.rows)} records, {second} for as many rows",
        answered=f"{len(prepared.splitlines())} rows of CSV from {first}; {right(answers)} from {second}",
        answers=answers,
    )


def _ask(deployed: Deployment, body: bytes, **request: str) -> bytes:
    return (
        deployed.client("sagemaker-runtime")
        .invoke_endpoint(
            EndpointName=deployed.endpoint,
            ContentType="application/json",
            Accept="application/json",
            Body=body,
            **request,
        )["Body"]
        .read()
    )


def _records(rows: Sequence[Row]) -> bytes:
    names: list[str] = json.loads(FIELDS.read_text(encoding="utf-8"))
    backwards = [
        dict(reversed([(name, float(value)) for name, value in zip(names, row.features, strict=True)]))
        for row in rows
    ]
    return json.dumps({"instances": backwards}).encode()


def _numbers(csv: bytes) -> list[list[float]]:
    return [[float(value) for value in line.split(",")] for line in csv.decode().splitlines()]


QUESTIONS = (Question("pipeline", "pipeline", ask_pipeline), Question("direct", "direct", ask_directly))
