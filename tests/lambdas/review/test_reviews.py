"""What an endpoint is not sure of is seen by people, once."""

import base64
import io
import json
from typing import Any

import pytest

from lambdas.review.reviews import Reviewing, ask, confidence_of

FLOW = "arn:aws:sagemaker:us-east-1:123456789012:flow-definition/cats"
ENVIRONMENT = {
    "ENDPOINT": "cats",
    "CONFIDENCE": "predictions.0.probabilities",
    "BELOW": "0.8",
    "BUCKET": "data",
    "PREFIX": "unsure",
    "SUFFIX": ".png",
}


class ConflictError(Exception):
    pass


class Cloud:
    """An endpoint with one answer, the objects of S3, and human loops."""

    def __init__(self, *probabilities: float) -> None:
        self.answer = json.dumps({"predictions": [{"probabilities": list(probabilities)}]})
        self.objects: dict[str, bytes] = {}
        self.loops: dict[str, Any] = {}
        self.broken = False

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation == "invoke_endpoint":
            assert (arguments["EndpointName"], arguments["Body"]) == ("cats", b"\x89PNG")
            return {"Body": io.BytesIO(self.answer.encode()), "ContentType": "application/json"}
        if operation == "put_object":
            if self.broken:
                raise OSError("no way to S3")
            self.objects[arguments["Key"]] = arguments["Body"]
            return {}
        name = arguments["HumanLoopName"]
        if name in self.loops:
            raise ConflictError
        self.loops[name] = json.loads(arguments["HumanLoopInput"]["InputContent"])
        return {"HumanLoopArn": f"arn:aws:sagemaker:us-east-1:123456789012:human-loop/{name}"}

    def code_of(self, error: Exception) -> str | None:
        return "ConflictException" if isinstance(error, ConflictError) else None


def _ask(cloud: Cloud, **environment: str) -> dict[str, Any]:
    event = {"body": base64.b64encode(b"\x89PNG").decode(), "isBase64Encoded": True, "contentType": "image/png"}
    return ask(event, Reviewing.of({**ENVIRONMENT, **environment}), cloud, cloud, cloud)


def test_an_answer_that_is_sure_enough_is_nobodys_work() -> None:
    cloud = Cloud(0.1, 0.8)
    told = _ask(cloud, FLOW=FLOW)
    assert (told["body"], told["confidence"], told["review"]) == (cloud.answer, 0.8, None)
    assert (cloud.objects, cloud.loops) == ({}, {})


def test_one_that_is_not_starts_a_loop_once() -> None:
    cloud = Cloud(0.3, 0.79)
    first, second = _ask(cloud, FLOW=FLOW), _ask(cloud, FLOW=FLOW)
    assert first["review"] == second["review"]
    [(name, shown)] = cloud.loops.items()
    assert first["review"].endswith(f":human-loop/{name}")
    [(key, body)] = cloud.objects.items()
    assert body == b"\x89PNG"
    assert shown == {"taskObject": f"s3://data/{key}", "answer": cloud.answer, "confidence": 0.79}


def test_a_project_sees_the_object() -> None:
    cloud = Cloud(0.5)
    [key] = [_ask(cloud)["review"].removeprefix("s3://data/")]
    assert list(cloud.objects) == [key]
    assert key.startswith("unsure/")
    assert key.endswith(".png")


def test_the_answer_comes_where_nobody_can_be_asked() -> None:
    cloud = Cloud(0.5)
    cloud.broken = True
    told = _ask(cloud)
    assert (told["body"], told["review"], told["reviewFailure"]) == (cloud.answer, None, "OSError: no way to S3")


@pytest.mark.parametrize(
    ("answer", "path", "found"),
    [
        ('{"score": 0.5}', "score", 0.5),
        ("[[0.2, 0.7]]", "0", 0.7),
        ('{"score": []}', "score", None),
        ('{"score": "high"}', "score", None),
        ('{"other": 1}', "score", None),
        ("0.9,1", "score", None),
    ],
)
def test_a_confidence_is_a_number_or_the_highest_of_a_list(answer: str, path: str, found: float | None) -> None:
    assert confidence_of(answer, path) == found
