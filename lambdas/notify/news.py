"""What is told: the change of an alarm, another message of the topic, or all that was held back in quiet hours."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from lambdas.common.retried_queue import RefusedError

_SEVERITY = re.compile(r"\bSeverity: (warning|critical)\b")
_LINK = re.compile(r"https://[^\s<>\"]+")
_LONGEST = 1500


@dataclass(frozen=True)
class News:
    """Something to tell.

    Args:
        id: The same for the same news, however often it comes.
        title: One line.
        text: What it is about.
        severity: ``warning`` or ``critical``; what says nothing of its severity may be critical.
        state: ``ALARM`` or ``OK`` of an alarm; empty for other messages.
        about: What tells the alarm from others; the same when it ends.
        source: Its name.
        at: When it happened (ISO 8601).
        link: Where to look.
    """

    id: str
    title: str
    text: str
    severity: str
    state: str
    about: str
    source: str
    at: str
    link: str = ""

    @property
    def waits(self) -> bool:
        """Whether it can wait until the end of quiet hours."""
        return self.severity == "warning"


def news_of(body: str) -> News | None:
    """The news in a message of SNS; None where an alarm has too little data to say. Raises ``RefusedError``."""
    try:
        envelope = cast("dict[str, Any]", json.loads(body))
        text, arrived = str(envelope["Message"]), str(envelope["Timestamp"])
        identity = str(envelope["MessageId"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError(f"the message is none of SNS: {error!r}") from error
    try:
        told: Any = json.loads(text)
    except ValueError:
        told = None
    if isinstance(told, dict) and "AlarmName" in told and "NewStateValue" in told:
        return _of_alarm(cast("dict[str, Any]", told), arrived)
    found = _SEVERITY.search(text)
    title = str(envelope.get("Subject") or (text.strip().splitlines() or ["A message"])[0])
    return News(
        id=identity,
        title=title[:200],
        text=text[:_LONGEST],
        severity=found[1] if found else "critical",
        state="",
        about=identity,
        source=str(envelope.get("TopicArn", "")).rpartition(":")[2],
        at=arrived,
    )


def digest(held: Sequence[News]) -> News:
    """What was held back, as one message: what is still on comes first."""
    last = standing(held)
    lines = [f"{'STILL ON' if each.state == 'ALARM' else 'ended'}: {each.source}, {each.at}" for each in last]
    others = [each for each in held if not each.state]
    lines += [f"{each.at}: {each.title}" for each in others]
    on = sum(each.state == "ALARM" for each in last)
    content = json.dumps(sorted(each.id for each in held)).encode()
    return News(
        id=f"digest-{hashlib.sha256(content).hexdigest()[:32]}",
        title=f"In quiet hours: {on} of {len(last)} alarms are still on"
        + (f", {len(others)} other messages" if others else ""),
        text="\n".join(lines)[:_LONGEST],
        severity="warning",
        state="",
        about="digest",
        source="quiet hours",
        at=max(each.at for each in held),
    )


def standing(held: Sequence[News]) -> list[News]:
    """The last news of each alarm, those that are still on first."""
    last: dict[str, News] = {}
    for each in sorted(held, key=lambda news: news.at):
        if each.state:
            last[each.about] = each
    return sorted(last.values(), key=lambda news: (news.state != "ALARM", news.at))


def _of_alarm(told: Mapping[str, Any], arrived: str) -> News | None:
    state = str(told["NewStateValue"])
    if state not in ("ALARM", "OK"):
        return None
    name, description = str(told["AlarmName"]), str(told.get("AlarmDescription") or "")
    arn, at = str(told.get("AlarmArn") or name), str(told.get("StateChangeTime") or arrived)
    found = _SEVERITY.search(description)
    link = _LINK.search(description)
    parts = arn.split(":")
    region = parts[3] if len(parts) > 3 else ""
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(name)}"
    return News(
        id=hashlib.sha256(f"{arn} {state} {at}".encode()).hexdigest()[:40],
        title=f"{'ALARM' if state == 'ALARM' else 'Ended'}: {name}",
        text=f"{description}\n{told.get('NewStateReason') or ''}".strip()[:_LONGEST],
        severity=found[1] if found else "critical",
        state=state,
        about=arn,
        source=name,
        at=at,
        link=link[0].rstrip(".,)") if link else console if region else "",
    )
