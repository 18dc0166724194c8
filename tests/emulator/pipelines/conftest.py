"""Pipelines of the shared emulator."""

import pytest

from harness.aws_clients import Clients
from harness.pipeline_definitions import Factory


@pytest.fixture(scope="session")
def factory(client: Clients) -> Factory:
    """Creates pipelines in the shared emulator."""
    return Factory(client).prepare()
