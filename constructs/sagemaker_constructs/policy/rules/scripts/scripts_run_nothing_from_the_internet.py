"""What lifecycle scripts run."""

import re
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
from sagemaker_constructs.policy.scripts import scripts_of

_SHELL = r"(?:sudo\s+)?(?:-\S+\s+)*(?:/\S*/)?(?:ba|da|z|k)?sh\b|(?:sudo\s+)?python\d?\b"
_PIPED = re.compile(rf"\b(?:curl|wget)\b[^\n;]*\|\s*(?:{_SHELL})")
_INSIDE = re.compile(
    r"(?:\b(?:ba|da|z)?sh\b|\bsource|\beval|^\s*\.)[^\n]*(?:<\(|\$\(|`)\s*(?:curl|wget)\b", re.MULTILINE
)
_PLAIN = re.compile(r"\b(?:curl|wget|pip\d? install|dnf|yum|apt-get)\b[^\n]*\bhttp://[^\s/]+")
_UNCHECKED = re.compile(r"\bpip\d?\s+install\b[^\n]*--trusted-host|\bcurl\b[^\n]*\s(?:-k|--insecure)\b")


class ScriptsRunNothingFromTheInternet(PolicyRule):
    """A lifecycle script, which runs as root, runs nothing that it has just fetched from the internet."""

    ids: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("AWS::SageMaker::NotebookInstanceLifecycleConfig", "AWS::SageMaker::StudioLifecycleConfig"),
        "scripts-run-nothing-from-the-internet",
    )
    page = f"{GUIDE}/notebook-lifecycle-config.html"
    fix = "Keep the program in a bucket or an image of your own, and compare its checksum."
    compliant: ClassVar[Resources] = {
        "Scripts": resource(
            "AWS::SageMaker::StudioLifecycleConfig",
            {"StudioLifecycleConfigContent": {"Fn::Base64": "aws s3 cp s3://team/setup.sh . && bash setup.sh"}},
        )
    }
    broken: ClassVar[Resources] = {
        "Scripts": resource(
            "AWS::SageMaker::StudioLifecycleConfig",
            {"StudioLifecycleConfigContent": {"Fn::Base64": "curl https://example.com/setup.sh | bash"}},
        )
    }

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """Each script."""
        for path, script in scripts_of(subject):
            for pattern in (_PIPED, _INSIDE, _PLAIN, _UNCHECKED):
                found = pattern.search(script)
                if found:
                    yield path, found[0].strip()
                    break
