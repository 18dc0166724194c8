"""Repositories whose workflows sign on to AWS by OpenID Connect."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
_WORDS = "a name of 1 to 100 letters, digits, dots, hyphens and underscores"


class WorkflowSource(ABC):
    """Who signs the tokens of a repository's workflows, and what these say of it."""

    @property
    @abstractmethod
    def issuer(self) -> str:
        """The host that signs the tokens, without ``https://``."""

    @property
    @abstractmethod
    def audience(self) -> str:
        """For whom they are."""

    @abstractmethod
    def planning(self, branch: str) -> Sequence[str]:
        """The subjects of workflows that look at changes: of requests to merge, and of ``branch``."""

    @abstractmethod
    def deploying(self, branch: str, environment: str) -> Sequence[str]:
        """The subjects of workflows that may deploy to ``environment``."""

    @abstractmethod
    def problems(self) -> Iterator[Problem | None]:
        """Names that are none."""


@dataclass(frozen=True)
class GitHubRepository(WorkflowSource):
    """The repository ``owner/name`` on GitHub.

    A job deploys to an environment that it names (``environment: production``), whose reviewers and branches are set
    at GitHub. Repositories may have subjects with the numbers of owner and repository, which outlive a new name: give
    ``owner_id`` and ``repository_id``, as GitHub's API says them, and both forms are trusted.

    See https://docs.github.com/en/actions/reference/security/oidc
    """

    owner: str
    name: str
    owner_id: int | None = None
    repository_id: int | None = None

    @property
    def issuer(self) -> str:
        """GitHub's."""
        return "token.actions.githubusercontent.com"

    @property
    def audience(self) -> str:
        """What the action that gets credentials asks for."""
        return "sts.amazonaws.com"

    def planning(self, branch: str) -> Sequence[str]:
        """Of pull requests, also of those from forks where the repository allows their jobs a token."""
        return [f"{each}:{what}" for each in self._names() for what in ("pull_request", f"ref:refs/heads/{branch}")]

    def deploying(self, branch: str, environment: str) -> Sequence[str]:
        """Of jobs that name the environment: which branches may, is said at GitHub."""
        del branch
        return [f"{each}:environment:{environment}" for each in self._names()]

    def problems(self) -> Iterator[Problem | None]:
        """Names that are none, and a number without the other."""
        yield matches("owner", self.owner, _NAME, _WORDS)
        yield matches("name", self.name, _NAME, _WORDS)
        if (self.owner_id is None) != (self.repository_id is None):
            missing = "owner_id" if self.owner_id is None else "repository_id"
            yield Problem(missing, "must be given with the other number, got: none")

    def _names(self) -> Sequence[str]:
        plain = f"repo:{self.owner}/{self.name}"
        if self.owner_id is None:
            return [plain]
        return [plain, f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.repository_id}"]


@dataclass(frozen=True)
class GitLabProject(WorkflowSource):
    """The project ``path``, such as ``group/project``, on gitlab.com or on a ``host`` that AWS reaches.

    Its tokens say the branch and not the environment: protect the branch.

    See https://docs.gitlab.com/ci/cloud_services/aws/
    """

    path: str
    host: str = "gitlab.com"

    @property
    def issuer(self) -> str:
        """The host."""
        return self.host

    @property
    def audience(self) -> str:
        """As a job states it: ``id_tokens: {TOKEN: {aud: https://gitlab.com}}``."""
        return f"https://{self.host}"

    def planning(self, branch: str) -> Sequence[str]:
        """Of all branches, as a request to merge has the token of its own branch."""
        del branch
        return [f"project_path:{self.path}:ref_type:branch:ref:*"]

    def deploying(self, branch: str, environment: str) -> Sequence[str]:
        """Of the branch alone."""
        del environment
        return [f"project_path:{self.path}:ref_type:branch:ref:{branch}"]

    def problems(self) -> Iterator[Problem | None]:
        """A path or a host that is none."""
        yield matches("path", self.path, rf"{_NAME}(/{_NAME})+", "a path such as group/project")
        yield matches("host", self.host, r"[a-z0-9.-]+(/[A-Za-z0-9._/-]+)?", "a host such as gitlab.com")
