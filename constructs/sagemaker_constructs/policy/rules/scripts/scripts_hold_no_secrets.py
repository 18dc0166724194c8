"""Secrets in lifecycle scripts."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)
from sagemaker_constructs.policy.scripts import scripts_of, secrets_in


class ScriptsHoldNoSecrets(PolicyRule):
    """A lifecycle script holds no secrets: whoever may describe the configuration reads it."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("AWS::SageMaker::NotebookInstanceLifecycleConfig", "AWS::SageMaker::StudioLifecycleConfig"),
        "scripts-hold-no-secrets",
    )
    page = f"{GUIDE}/notebook-lifecycle-config.html"
    fix = "Read the secret from Secrets Manager in the script."
    compliant: ClassVar[Resources] = {
        "Scripts": resource(
            "AWS::SageMaker::StudioLifecycleConfig",
            {"StudioLifecycleConfigContent": {"Fn::Base64": "TOKEN=$(aws secretsmanager get-secret-value)"}},
        )
    }
    broken: ClassVar[Resources] = {
        "Scripts": resource(
            "AWS::SageMaker::StudioLifecycleConfig",
            {"StudioLifecycleConfigContent": {"Fn::Base64": "export GIT_TOKEN=correct-horse-battery"}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each script; the message does not repeat the value."""
        for path, script in scripts_of(subject):
            found = secrets_in(script)
            if found:
                yield path, ", ".join(found)
