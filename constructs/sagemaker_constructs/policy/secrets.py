"""What looks like a secret: by the name of a variable, or by its value alone."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"(^|_|(?<=[a-z])(?=[A-Z]))(password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|credentials?|auth)"
    r"(?=_|$|[A-Z0-9])",
    re.IGNORECASE,
)
_POINTS_TO_IT = re.compile(
    r"(arn|name|id|path|parameter|prefix|url|uri|file|seconds|ttl|length|limit|count|mode|type)$", re.IGNORECASE
)
_VALUE = re.compile(
    r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{30,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|\bhf_[A-Za-z0-9]{30,}"
    r"|\bxox[abpr]-[A-Za-z0-9-]{10,}"
    r"|\bsk-[A-Za-z0-9_-]{20,}"
    r"|://[^/\s:@$]+:[^/\s@$]{3,}@"
)


def is_secret(name: str, value: object) -> bool:
    """Whether ``value``, of a variable of this name, looks like a secret; a reference to one is none."""
    text = value if isinstance(value, str) else ""
    if not text or text.startswith("{{resolve:"):
        return False
    if _VALUE.search(text):
        return True
    if not _NAME.search(name) or _POINTS_TO_IT.search(name):
        return False
    is_plain = not re.fullmatch(r"[\d.]+|true|false|none|null", text, re.IGNORECASE)
    return is_plain and not text.startswith(("${", "arn:", "/", "s3://"))
