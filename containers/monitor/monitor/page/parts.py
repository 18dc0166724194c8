"""What pages are made of: the document around them, and pieces that several have."""

import base64
import hashlib
from collections.abc import Sequence

from monitor.page.style import STYLE
from monitor.page.words import shown

LARGEST = 300_000
"""A page has at most so many bytes."""

_STATES = {
    "violation": "violation",
    "fine": "fine",
    "not enough": "few",
    "no traffic": "none",
    "promote": "fine",
    "keep": "none",
}
_WORDS = {"violation": "different", "promote": "promote the challenger", "keep": "keep the champion"}


def document(title: str, body: str) -> str:
    """The whole page, whose policy forbids requests and scripts; ``body`` is HTML."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        f"<title>{shown(title, 200)}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def kind_of(state: str) -> str:
    """The class of a state; empty for none."""
    return _STATES.get(state, "")


def pill(state: str) -> str:
    """A state in a word, with its colour and its shape."""
    kind = kind_of(state) or "none"
    return f'<span class="pill {kind}">{shown(_WORDS.get(state, state))}</span>'


def facts(listed: Sequence[tuple[str, str]]) -> str:
    """Figures side by side: each with what it is."""
    each = "".join(f"<div><b>{shown(value)}</b><span>{shown(name)}</span></div>" for value, name in listed)
    return f'<section class="facts">{each}</section>'


def key(*entries: tuple[str, str]) -> str:
    """What colours mean."""
    return "".join(f'<i class="key {kind}"></i>{shown(words)}' for kind, words in entries)


def figure(caption: str, picture: str) -> str:
    """A picture below its caption, both of which are HTML."""
    return f"<figure><figcaption>{caption}</figcaption>{picture}</figure>"


def table(head: str, lines: str) -> str:
    """A table that scrolls by itself where it is too wide."""
    return f'<div class="scroll"><table>{head}{lines}</table></div>'
