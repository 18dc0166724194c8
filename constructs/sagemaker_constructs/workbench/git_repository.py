"""Code that is there when a notebook opens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.storage.object_access import key_arn


@dataclass(frozen=True)
class GitRepository:
    """The Git repository at ``url``, cloned when an instance with it is made.

    ``branch`` defaults to the repository's own. ``secret`` holds ``{"username": …, "password": …}``, where the
    password may be a personal access token; the notebook's role may then read it. Credentials in ``url`` are refused.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-git-repo.html
    """

    url: str
    branch: str | None = None
    secret: secretsmanager.ISecret | None = None

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        words = "an https address without a name or a password"
        yield matches("url", self.url, r"https://[^/@\s]+/[^@\s]*", words)
        if self.branch is not None:
            yield matches("branch", self.branch, r"[^ ~^:?*\[\\]{1,1024}", "the name of a branch")

    def reference(self, scope: Construct, id: str, grants: Grants) -> str:
        """What an instance names it by; ``grants`` gets the right to read the secret."""
        if self.branch is None and self.secret is None:
            return self.url
        config: dict[str, object] = {"repositoryUrl": self.url, "branch": self.branch}
        if self.secret is not None:
            arn = self.secret.secret_arn
            config["secretArn"] = arn
            # Of an imported secret, the six characters that end its ARN may be unknown.
            named = arn if self.secret.secret_full_arn else f"{arn}-??????"
            grants.allow("secretsmanager:GetSecretValue", on=named)
            if self.secret.encryption_key:
                grants.allow("kms:Decrypt", on=key_arn(self.secret.encryption_key))
        resource = sagemaker.CfnCodeRepository(
            scope, id, git_config=cast(sagemaker.CfnCodeRepository.GitConfigProperty, config)
        )
        return resource.attr_code_repository_name
