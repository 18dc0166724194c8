"""What people of a group may do.

Label Studio's own roles are not in its open edition: everybody who is signed on may delete every project. Those who
only label are let through where labeling asks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_READ = re.compile(
    r"/|/(static|react-app|label-studio-frontend|dm|projects|presign|tasks)(/.*)?|/(sw|sw-fallback)\.js|/favicon\.ico"
    r"|/(version|health|heidi-tips|__lsa|jsi18n|feature-flags)/?|/api/version/?"
    r"|/api/(dm|tasks|annotations|drafts|users|organizations|fsm)(/.*)?"
    r"|/api/projects/?|/api/projects/(\d+|counts)(/(next|validate|label-stream-history|summary|model-versions))?/?"
    r"|/api/current-user/(whoami|hotkeys|product-tour)/?|/api/(labels|label_links|ml|session-policy)/?"
)
_WRITTEN = re.compile(
    r"/api/tasks/\d+/(annotations|drafts|annotations/\d+/drafts)/?|/api/(annotations|drafts)/\d+/?"
    r"|/api/dm/views(/\d+|/order)?/?|/api/current-user/(hotkeys|product-tour)/?"
)
_STREAM = "/api/dm/actions"
_NOBODY = re.compile(r"/(user/(login|signup)|admin|django-rq|api-auth)(/.*)?")
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Groups:
    """The pool's groups: ``managers`` may do everything, ``annotators`` may label."""

    managers: str
    annotators: str


def may(groups: frozenset[str], known: Groups, method: str, path: str, query: Mapping[str, str]) -> bool:
    """Whether somebody of ``groups`` may send this request."""
    if _NOBODY.fullmatch(path):
        return False
    if known.managers in groups:
        return True
    if known.annotators not in groups:
        return False
    if method in _SAFE:
        return bool(_READ.fullmatch(path))
    # An action deletes tasks as well, by its name.
    if path.rstrip("/") == _STREAM:
        return query.get("id") == "next_task"
    return bool(_WRITTEN.fullmatch(path))


def from_elsewhere(method: str, host: str, headers: Mapping[str, str]) -> bool:
    """Whether the page of another site sends a request that changes something.

    Label Studio has no token against that in its API, and the load balancer's cookie goes along with every request.
    """
    if method in _SAFE:
        return False
    origin = headers.get("origin", "")
    return headers.get("sec-fetch-site") in ("cross-site", "same-site") or (
        bool(origin) and origin.partition("://")[2] != host
    )
