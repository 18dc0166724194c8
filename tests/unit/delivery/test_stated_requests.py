"""The requests of the platform's environments are such that the smoke test reads them."""

from pathlib import Path

import pytest

from sagemaker_constructs.delivery.smoke.stated_requests import StatedRequests

FOLDER = Path(__file__).parents[3] / "config" / "requests"


@pytest.mark.parametrize("environment", ["dev", "minimal", "prod"])
def test_the_requests_of_an_environment_are_read(environment: str) -> None:
    stated = StatedRequests.read(FOLDER / f"{environment}.json")
    for request in stated.by_pattern.values():
        assert request.skip or (request.answers and request.content(stated.folder))


def test_an_endpoint_has_the_request_of_its_path_or_of_what_is_above_it() -> None:
    stated = StatedRequests.read(FOLDER / "prod.json")
    request = stated.of("prod/real-time/Endpoint")
    assert request is not None
    assert request.load is not None
    assert request.load["least"] == 600
    assert stated.of("prod/real-time/Endpoint/Inner") is request
    assert stated.of("prod/real-time/Model") is None
