"""What each vendor takes.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
PagerDuty: https://developer.pagerduty.com/docs/send-alert-event
Teams: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
"""

import hashlib
from typing import Any

from lambdas.notify.news import News

_SECTION, _SUMMARY, _CARD_TEXT, _SUBJECT = 2900, 1024, 5000, 100
_COLOURS = {"ALARM": "attention", "OK": "good"}


def slack(news: News) -> dict[str, Any]:
    """A message of Slack: blocks, and a text for notifications."""
    mark = {
        "ALARM": ":red_circle:" if news.severity == "critical" else ":large_yellow_circle:",
        "OK": ":white_check_mark:",
    }
    title = f"{mark.get(news.state, ':information_source:')} *{_escaped(news.title)}*"
    body = f"{title}\n{_escaped(news.text)}"[:_SECTION]
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": body}}]
    if news.link:
        link = f"<{news.link}|What to do> · {_escaped(news.at)}"
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": link}]})
    return {"text": _escaped(news.title), "blocks": blocks}


def teams(news: News) -> dict[str, Any]:
    """A message with an Adaptive Card, which a workflow of Teams posts."""
    colour = _COLOURS.get(news.state, "default")
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [
            {
                "type": "TextBlock",
                "text": news.title,
                "weight": "Bolder",
                "size": "Medium",
                "color": colour,
                "wrap": True,
            },
            {"type": "TextBlock", "text": news.text.replace("\n", "\n\n")[:_CARD_TEXT], "wrap": True},
            {"type": "TextBlock", "text": f"{news.severity} · {news.at}", "isSubtle": True, "wrap": True},
        ],
    }
    if news.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "What to do", "url": news.link}]
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def pagerduty(news: News, routing_key: str) -> dict[str, Any]:
    """An event of PagerDuty: an alarm triggers an alert, and resolves the same one when it ends."""
    event: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": "resolve" if news.state == "OK" else "trigger",
        "dedup_key": hashlib.sha256(news.about.encode()).hexdigest(),
    }
    if news.state == "OK":
        return event
    return {
        **event,
        "payload": {
            "summary": news.title[:_SUMMARY],
            "source": news.source or "CloudWatch",
            "severity": news.severity,
            "timestamp": news.at,
            "custom_details": {"text": news.text},
        },
        **({"links": [{"href": news.link, "text": "What to do"}]} if news.link else {}),
    }


def email(news: News) -> dict[str, str]:
    """Subject and text; a subject of SNS is printable ASCII on one line."""
    subject = "".join(each if 32 <= ord(each) < 127 else "?" for each in news.title)[:_SUBJECT]
    parts = [news.text, f"Severity: {news.severity}, {news.at}", *([f"What to do: {news.link}"] if news.link else [])]
    return {"Subject": subject.strip() or "A message", "Message": "\n\n".join(parts)}


def _escaped(text: str) -> str:
    """Slack takes three characters for its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
