"""Where requests and answers of an asynchronous endpoint lie."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches


@dataclass(frozen=True)
class AsyncPaths:
    """Prefixes for what callers upload, for answers, and for what became of requests that failed."""

    input: str = "async/input"
    output: str = "async/output"
    failure: str = "async/failure"

    def problems(self) -> Iterator[Problem | None]:
        """What would end in wrong URLs or rights."""
        for part, prefix in (("input", self.input), ("output", self.output), ("failure", self.failure)):
            yield matches(part, prefix, r"[^/].*[^/]|[^/]", "a prefix without / at its ends")
