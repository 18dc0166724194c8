"""The repository that a pipeline takes changes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sagemaker_constructs.core.problems import Problem, matches, one_of

ConnectionProvider = Literal[
    "GitHub", "GitLab", "Bitbucket", "GitHubEnterpriseServer", "GitLabSelfManaged", "AzureDevOps"
]
_PATTERNS = 8
_CHARACTERS = 255


@dataclass(frozen=True)
class ConnectedRepository:
    """The repository ``name``, such as ``octo-org/churn``, reached by a connection of AWS CodeConnections.

    Without ``connection_arn``, a connection to ``provider`` is made, which is pending until a person completes it in
    the console, once: no API can.
    A push to ``branch`` starts the pipeline, and of pushes that change none of ``paths`` (glob patterns; all by
    default) or only what ``ignored_paths`` match, none does.

    See https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html and
    https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-filter.html
    """

    name: str
    branch: str = "main"
    paths: Sequence[str] = ()
    ignored_paths: Sequence[str] = ()
    connection_arn: str | None = None
    provider: ConnectionProvider = "GitHub"

    def push_filter(self) -> dict[str, object]:
        """Which pushes start the pipeline, as a trigger says it."""
        chosen = {"includes": self.paths, "excludes": self.ignored_paths}
        paths = {name: list(patterns) for name, patterns in chosen.items() if patterns}
        return {"branches": {"includes": [self.branch]}, **({"filePaths": paths} if paths else {})}

    def problems(self) -> Iterator[Problem | None]:
        """What CodePipeline would refuse."""
        yield matches("name", self.name, r"[\w.-]+(/[\w.-]+)+", "owner and name, such as octo-org/churn")
        yield matches("branch", self.branch, r"[A-Za-z0-9._/-]{1,200}", "a branch's name without a wildcard")
        if self.connection_arn is not None:
            words = "the ARN of a connection"
            pattern = r"arn:[a-z-]+:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/.+"
            yield matches("connection_arn", self.connection_arn, pattern, words)
        yield one_of("provider", self.provider, ConnectionProvider.__args__)
        for name, patterns in (("paths", self.paths), ("ignored_paths", self.ignored_paths)):
            if len(patterns) > _PATTERNS:
                yield Problem(name, f"may hold at most {_PATTERNS} entries, got: {len(patterns)}")
            for index, each in enumerate(patterns):
                if not 1 <= len(each) <= _CHARACTERS:
                    length = len(each)
                    yield Problem(f"{name}[{index}]", f"must have 1 to {_CHARACTERS} characters, got: {length}")
