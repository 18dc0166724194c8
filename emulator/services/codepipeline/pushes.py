"""Which pushes start a pipeline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.services.codeconnections import git


@dataclass(frozen=True)
class WatchedBranch:
    """A branch whose pushes start a pipeline, if they change one of some paths.

    Args:
        action: The source action, as declared.
        filters: The triggers' push filters; without any, every push to the action's branch counts.
    """

    action: Mapping[str, Any]
    filters: Sequence[Mapping[str, Any]] | None

    @property
    def connection(self) -> str:
        """The connection's ARN."""
        return str(self.action["configuration"]["ConnectionArn"])

    @property
    def repository(self) -> str:
        """Owner and name."""
        return str(self.action["configuration"]["FullRepositoryId"])

    def heads(self, repository: Path) -> Iterator[tuple[str, str]]:
        """The branches that are watched, with their revisions."""
        listed = git(repository, "for-each-ref", "--format=%(objectname) %(refname:strip=2)", "refs/heads")
        for line in listed.decode().splitlines():
            revision, _, branch = line.partition(" ")
            if self._lets_branch(branch):
                yield branch, revision

    def starts(self, repository: Path, branch: str, before: str, after: str) -> bool:
        """Whether a push that moved a branch counts."""
        if self.filters is None:
            return True
        changed = git(repository, "diff", "--name-only", "-z", before, after).decode(errors="replace").split("\0")
        return any(
            _chosen([branch], each.get("branches", {})) and _chosen(filter(None, changed), each.get("filePaths", {}))
            for each in self.filters
        )

    def _lets_branch(self, branch: str) -> bool:
        if self.filters is None:
            return branch == self.action["configuration"]["BranchName"]
        return any(_chosen([branch], each.get("branches", {})) for each in self.filters)


def watched_branches(declaration: Mapping[str, Any]) -> Iterator[WatchedBranch]:
    """What a pipeline watches."""
    filters = {
        each["gitConfiguration"]["sourceActionName"]: each["gitConfiguration"].get("push", ())
        for each in declaration.get("triggers", ())
    }
    for action in declaration["stages"][0]["actions"]:
        if action["actionTypeId"]["provider"] != "CodeStarSourceConnection":
            continue
        if action["name"] in filters:
            yield WatchedBranch(action, filters[action["name"]])
        elif str(action["configuration"].get("DetectChanges", "true")).lower() != "false":
            yield WatchedBranch(action, None)


def _chosen(values: Any, criteria: Mapping[str, Any]) -> bool:
    """Whether any value is included and not excluded; exclusions win."""
    includes, excludes = criteria.get("includes"), criteria.get("excludes") or ()
    return any(
        (includes is None or any(_matches(each, pattern) for pattern in includes))
        and not any(_matches(each, pattern) for pattern in excludes)
        for each in values
    )


def _matches(value: str, pattern: str) -> bool:
    """Glob patterns, in which `*` stops at a slash and `**` does not.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
    """
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    signs = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.fullmatch("".join(signs.get(part, re.escape(part)) for part in parts), value) is not None
