"""The demo's questions: the first that fails is the reason, and nobody waits for the others."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from demo import questions
from demo.account import Account
from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure
from demo.interview import all_questions, interview
from demo.progress import Progress
from stacks.platform import CAPABILITIES


class _Account(Account):
    def __init__(self, outputs: dict[str, dict[str, str]]) -> None:
        self.__dict__["outputs"] = outputs


ACCOUNT = _Account({"here-dev-slow": {"EndpointName": "slow"}, "here-dev-broken": {"EndpointName": "broken"}})


def _slow(deployed: Deployment) -> Answered:
    return deployed.wait_for("what never comes", lambda: None, seconds=300)


def _broken(deployed: Deployment) -> Answered:
    raise ClientError({"Error": {"Code": "ModelError", "Message": f"{deployed.endpoint} failed"}}, "InvokeEndpoint")


def _fine(deployed: Deployment) -> Answered:
    return Answered(deployed.endpoint, deployed.endpoint, "one row", "benign")


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    return Progress(Console(quiet=True), tmp_path / "journal")


def test_every_capability_is_asked() -> None:
    assert {question.stack for question in all_questions()} == {capability.id for capability in CAPABILITIES}


def test_no_question_is_forgotten() -> None:
    modules = [each.name for each in pkgutil.walk_packages(questions.__path__, f"{questions.__name__}.")]
    written = {each.name for name in modules for each in getattr(importlib.import_module(name), "QUESTIONS", ())}
    assert written == {question.name for question in all_questions()}


def test_the_first_failure_is_the_reason(progress: Progress) -> None:
    questions = (Question("slow", "slow", _slow), Question("bad", "broken", _broken))
    with pytest.raises(DemoFailure, match=r"bad did not answer: .*broken failed"):
        interview(ACCOUNT, questions, [], progress)


def test_what_is_not_deployed_is_not_asked(progress: Progress) -> None:
    questions = (
        Question("here", "slow", _fine),
        Question("left out", "nowhere", _broken),
        Question("without a door", "slow", _broken, needs="FrontDoorUrl"),
    )
    assert [each.kind for each in interview(ACCOUNT, questions, [], progress)] == ["slow"]
    assert list(progress.timings) == ["  here"]
