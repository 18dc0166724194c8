"""Ways to those who are told. What is secret is read when it is needed, and written nowhere."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from lambdas.common.retried_queue import LaterError, RefusedError
from lambdas.notify import payloads
from lambdas.notify.news import News

_SECONDS = 10
_LONGEST_WAIT = 3600
_LATER = (408, 425, 429)
_LOCAL = ("127.0.0.1", "localhost")


class VendorCalls(Protocol):
    """VendorCalls of a service."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...


@dataclass(frozen=True)
class Channel:
    """One way.

    Args:
        name: What the team calls it.
        kind: ``slack``, ``teams``, ``pagerduty`` or ``email``.
        secret: The secret with its URL or key.
        url: Where PagerDuty takes events.
        topic: The topic of its addresses.
    """

    name: str
    kind: str
    secret: str = ""
    url: str = ""
    topic: str = ""

    @property
    def takes_alarms_alone(self) -> bool:
        """Whether it is told of single alarms, as they begin and end, and of nothing else."""
        return self.kind == "pagerduty"


@dataclass(frozen=True)
class Ways:
    """What channels need.

    Args:
        secrets: Secrets Manager.
        sns: Sends e-mail.
    """

    secrets: VendorCalls
    sns: VendorCalls

    def send(self, channel: Channel, news: News) -> None:
        """Tell ``news``. Raises ``RefusedError`` for what is never taken, ``LaterError`` for what is not now."""
        if channel.kind == "email":
            self.sns.call("publish", TopicArn=channel.topic, **payloads.email(news))
            return
        secret = self._secret(channel)
        forms: Mapping[str, Callable[[News], Mapping[str, Any]]] = {"slack": payloads.slack, "teams": payloads.teams}
        if channel.kind == "pagerduty":
            self._post(channel, channel.url, payloads.pagerduty(news, secret))
        else:
            self._post(channel, secret, forms[channel.kind](news))

    def _secret(self, channel: Channel) -> str:
        text = str(self.secrets.call("get_secret_value", SecretId=channel.secret)["SecretString"]).strip()
        if text.startswith("{"):
            # As the console of Secrets Manager makes them: one key with a value.
            try:
                values = [*cast("dict[str, Any]", json.loads(text)).values()]
            except ValueError:
                values = []
            if len(values) != 1:
                raise RefusedError(f"{channel.name}: its secret must be text, or JSON with one value")
            text = str(values[0])
        return text

    def _post(self, channel: Channel, url: str, document: Mapping[str, Any]) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            raise RefusedError(f"{channel.name}: its URL must begin with https://")
        request = urllib.request.Request(
            url, data=json.dumps(document).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        try:
            with _OPENER.open(request, timeout=_SECONDS):
                return
        except urllib.error.HTTPError as answer:
            self._refused(channel, answer)
        except (OSError, HTTPException) as error:
            # The text of an error may have the URL in it.
            raise LaterError(f"{channel.name} cannot be reached: {type(error).__name__}") from None

    def _refused(self, channel: Channel, answer: urllib.error.HTTPError) -> None:
        says = f"{channel.name} answered {answer.code}"
        if answer.code in _LATER or answer.code >= 500:
            waits = str(answer.headers.get("Retry-After") or "")
            seconds = min(int(waits), _LONGEST_WAIT) if re.fullmatch(r"\d{1,9}", waits) else 0
            raise LaterError(says, seconds) from None
        raise RefusedError(says) from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A webhook that leads elsewhere is none: a secret goes to nobody else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        """Nothing is requested."""
        del req, fp, code, msg, headers, newurl


_OPENER = urllib.request.build_opener(_NoRedirects)
