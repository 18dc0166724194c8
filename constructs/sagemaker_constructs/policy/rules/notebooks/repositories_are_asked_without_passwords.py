"""Repositories of code on notebook instances."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.intrinsics import flat_text, is_list
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)

_PLACES = ("DefaultCodeRepository", "AdditionalCodeRepositories", "GitConfig.RepositoryUrl")


class RepositoriesAreAskedWithoutPasswords(PolicyRule):
    """The URL of a repository is HTTPS, without a user or a token in it."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("AWS::SageMaker::CodeRepository", "AWS::SageMaker::NotebookInstance"),
        "repositories-are-asked-without-passwords",
    )
    page = f"{GUIDE}/nbi-git-resource.html"
    fix = "Name a secret in GitConfig.SecretArn of an AWS::SageMaker::CodeRepository."
    compliant: ClassVar[Resources] = {
        "Code": resource(
            "AWS::SageMaker::CodeRepository", {"GitConfig": {"RepositoryUrl": "https://example.com/code"}}
        )
    }
    broken: ClassVar[Resources] = {
        "Code": resource(
            "AWS::SageMaker::CodeRepository", {"GitConfig": {"RepositoryUrl": "https://ann:token@example.com/code"}}
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each URL; the message leaves out who asks."""
        for path in _PLACES:
            value = subject.value(path)
            for url in map(flat_text, value if is_list(value) else [value]):
                if url.startswith("http://") or re.match(r"https://[^/]+@", url):
                    yield path, re.sub(r"//[^/]+@", "//…@", url)
