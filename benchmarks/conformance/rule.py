"""What a rule is, and the pages that state them."""

from collections.abc import Callable
from dataclasses import dataclass

from conformance.container import Container, Contender, started

_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"
HOSTING = f"{_GUIDE}/your-algorithms-inference-code.html"
BATCH = f"{_GUIDE}/your-algorithms-batch-code.html"
MANY = f"{_GUIDE}/mms-container-apis.html"
SESSIONS = f"{_GUIDE}/stateful-sessions.html"
PIPELINES = f"{_GUIDE}/inference-pipeline-real-time.html"
METRICS = f"{_GUIDE}/monitoring-cloudwatch.html"
INVOKE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html"
PICKLE = "https://docs.python.org/3/library/pickle.html"


@dataclass(frozen=True)
class Rule:
    """One sentence of the contract; `check` raises AssertionError, or any error, when it does not hold."""

    sentence: str
    page: str
    """Where AWS, or for pickles Python, states it."""
    check: Callable[[Contender], None]


RULES: list[Rule] = []


def rule(sentence: str, page: str) -> Callable[[Callable[[Contender], None]], Callable[[Contender], None]]:
    """Make a check a rule."""

    def add(check: Callable[[Contender], None]) -> Callable[[Contender], None]:
        RULES.append(Rule(sentence, page, check))
        return check

    return add


def of_running(check: Callable[[Container, Contender], None]) -> Callable[[Contender], None]:
    """Check against a contender with one model, started for the rule."""

    def run(contender: Contender) -> None:
        with started(contender) as container:
            check(container, contender)

    return run
