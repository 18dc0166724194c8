"""The scripts in lifecycle configurations, and the secrets in them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from sagemaker_constructs.core.templates.intrinsics import flat_text
from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.secrets import is_secret

_IN_SCRIPTS = re.compile(r"(?:^|\s)(?:export\s+)?(\w+)=[\"']?([^\s\"'$]+)")


def scripts_of(subject: TemplateResource) -> Iterator[tuple[str, str]]:
    """Path and text of each script; what stands there as Base64 is decoded."""
    for hook in ("OnCreate", "OnStart"):
        for path, member in subject.members(hook):
            yield f"{path}.Content", _plain(flat_text(member.get("Content")))
    if not subject.lacks("StudioLifecycleConfigContent"):
        yield "StudioLifecycleConfigContent", _plain(subject.text("StudioLifecycleConfigContent"))


def secrets_in(script: str) -> tuple[str, ...]:
    """The variables of a shell script that are set to secrets, and ``a key`` for one that stands alone."""
    named = tuple(name for name, value in _IN_SCRIPTS.findall(script) if is_secret(name, value))
    return named or (("a key",) if is_secret("", script) else ())


def _plain(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text
