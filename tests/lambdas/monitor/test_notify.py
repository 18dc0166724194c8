"""Who is told of alarms: once, in the form that each vendor takes, and of what can wait when quiet hours are over."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.functions.services_in_memory import KilledError, ServiceError, ServicesInMemory
from harness.vendors.webhooks import BUSY, Vendor
from lambdas.common.retried_queue import LaterError, RefusedError, RetriedQueue
from lambdas.notify.channels import Channel, Ways
from lambdas.notify.logic import Notifying
from lambdas.notify.news import news_of
from lambdas.notify.table import NewsTable

ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
KEY = "0123456789abcdef0123456789abcdef"
RUNBOOK = "https://example.com/drift-runbook.md#drifted"


class Account(ServicesInMemory):
    """DynamoDB, Secrets Manager, SNS and SQS, as far as the function uses them."""

    def __init__(self, vendor: Vendor) -> None:
        super().__init__()
        self.items: dict[str, dict[str, Any]] = {}
        self.seconds = 1_000_000.0
        self.emails: list[dict[str, str]] = []
        self.postponed: list[int] = []
        self.dead: list[tuple[str, str]] = []
        self.secrets = {
            "slack": f"{vendor.url}/slack/T0/B0/secret",
            "teams": json.dumps({"url": f"{vendor.url}/teams?sig=secret"}),
            "pagerduty": KEY,
        }

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        return {"SecretString": self.secrets[SecretId]}

    def publish(self, **message: str) -> dict[str, Any]:
        self.emails.append(message)
        return {}

    def get_item(self, Key: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        item = self.items.get(Key["Entry"]["S"])
        return {"Item": dict(item)} if item else {}

    def put_item(self, Item: Any, ExpressionAttributeValues: Any = None, **_: Any) -> dict[str, Any]:  # noqa: N803
        entry = Item["Entry"]["S"]
        found = self.items.get(entry)
        if ExpressionAttributeValues and found:
            free = found["State"]["S"] == "telling" and float(found["Until"]["N"]) < self.seconds
            if not free:
                raise ServiceError("ConditionalCheckFailedException")
        self.items[entry] = dict(Item)
        return {}

    def delete_item(self, Key: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.items.pop(Key["Entry"]["S"], None)
        return {}

    def update_item(self, **asked: Any) -> dict[str, Any]:
        key, expression, values = (asked[each] for each in ("Key", "UpdateExpression", "ExpressionAttributeValues"))
        item = self.items.setdefault(key["Entry"]["S"], dict(key))
        if expression.startswith("SET"):
            if item.get("Happened", {}).get("S", "") > values[":at"]["S"]:
                raise ServiceError("ConditionalCheckFailedException")
            item["Happened"] = values[":at"]
            return {}
        these, before = values[":these"]["SS"], item.get("News", {}).get("SS", [])
        after = {*before, *these} if expression.startswith("ADD") else {*before} - {*these}
        item.pop("News", None)
        if after:
            item["News"] = {"SS": sorted(after)}
        return {}

    def change_message_visibility(self, VisibilityTimeout: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.postponed.append(VisibilityTimeout)
        return {}

    def send_message(self, MessageBody: str, MessageAttributes: Any, **_: Any) -> dict[str, Any]:  # noqa: N803
        self.dead.append((MessageBody, MessageAttributes["Reason"]["StringValue"]))
        return {}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    made = Vendor()
    yield made
    made.close()


@pytest.fixture
def account(vendor: Vendor) -> Account:
    return Account(vendor)


@pytest.fixture
def notifying(account: Account, vendor: Vendor) -> Notifying:
    channels = [
        Channel("chat", "slack", secret="slack"),
        Channel("office", "teams", secret="teams"),
        Channel("duty", "pagerduty", secret="pagerduty", url=f"{vendor.url}/v2/enqueue"),
        Channel("mail", "email", topic="arn:topic"),
    ]
    return Notifying(channels, Ways(account, account), NewsTable(account, "table", lambda: account.seconds))


@pytest.fixture
def queue(account: Account, notifying: Notifying) -> Callable[[str], bool]:
    """Hands a message to the function, as its queue does; whether it is done with."""
    made = RetriedQueue(account, "queue", "dead", lambda: account.seconds)

    def take(body: str, received: int = 1, sent: float = 1_000_000.0) -> bool:
        attributes = {"SentTimestamp": str(sent * 1000), "ApproximateReceiveCount": str(received)}
        return made.take({"body": body, "receiptHandle": "r", "attributes": attributes}, notifying.take)

    return take


def message(state: str = "ALARM", *, name: str = "Drifted", severity: str = "warning", minute: int = 0) -> str:
    """A message of SNS with the change of an alarm, as CloudWatch writes it."""
    says = f"Rows of churn differ & <more>. Severity: {severity}. What to do: {RUNBOOK}"
    change = {
        "AlarmName": name,
        "AlarmDescription": says if severity else "Somebody else's alarm",
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 1 datapoint",
        "StateChangeTime": f"2026-11-30T22:{minute:02}:00.000+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"{ALARM}{name}",
        "OldStateValue": "OK",
    }
    return _of_topic(json.dumps(change))


def _of_topic(text: str, subject: str | None = None) -> str:
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "m1",
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
            "Subject": subject,
            "Message": text,
            "Timestamp": "2026-11-30T22:00:01.000Z",
        }
    )


def test_each_vendor_gets_its_own_form(notifying: Notifying, vendor: Vendor, account: Account) -> None:
    notifying.take(message())
    [chat] = vendor.told("/slack/T0/B0/secret")
    assert chat["text"] == "ALARM: Drifted"
    section, context = chat["blocks"]
    assert section["text"]["type"] == "mrkdwn"
    assert "*ALARM: Drifted*\nRows of churn differ &amp; &lt;more&gt;." in section["text"]["text"]
    assert f"<{RUNBOOK}|What to do>" in context["elements"][0]["text"]
    [office] = vendor.told("/teams?sig=secret")
    [attachment] = office["attachments"]
    assert (office["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    card = attachment["content"]
    assert (card["type"], card["body"][0]["text"], card["body"][0]["color"]) == (
        "AdaptiveCard",
        "ALARM: Drifted",
        "attention",
    )
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "What to do", "url": RUNBOOK}]
    [duty] = vendor.told("/v2/enqueue")
    assert (duty["routing_key"], duty["event_action"]) == (KEY, "trigger")
    assert duty["payload"]["severity"] == "warning"
    assert duty["payload"].keys() >= {"summary", "source", "severity", "timestamp"}
    assert duty["links"] == [{"href": RUNBOOK, "text": "What to do"}]
    [mail] = account.emails
    assert (mail["TopicArn"], mail["Subject"]) == ("arn:topic", "ALARM: Drifted")
    assert RUNBOOK in mail["Message"]


def test_the_end_of_an_alarm_resolves_the_same_alert(notifying: Notifying, vendor: Vendor) -> None:
    notifying.take(message())
    notifying.take(message("OK", minute=9))
    began, ended = vendor.told("/v2/enqueue")
    assert (ended["event_action"], ended["dedup_key"]) == ("resolve", began["dedup_key"])
    assert ended.keys() == {"routing_key", "event_action", "dedup_key"}
    assert len(began["dedup_key"]) <= 255


def test_what_began_is_not_opened_after_it_has_ended(notifying: Notifying, vendor: Vendor) -> None:
    notifying.take(message("OK", minute=9))
    notifying.take(message(minute=0))
    assert [each["event_action"] for each in vendor.told("/v2/enqueue")] == ["resolve"]
    assert len(vendor.told("/slack/T0/B0/secret")) == 2


def test_a_message_that_comes_twice_is_told_once(notifying: Notifying, vendor: Vendor, account: Account) -> None:
    notifying.take(message())
    notifying.take(message())
    assert len(vendor.requests) == 3
    assert len(account.emails) == 1


@pytest.mark.parametrize("state", ["INSUFFICIENT_DATA"])
def test_an_alarm_without_data_tells_nobody(notifying: Notifying, vendor: Vendor, state: str) -> None:
    notifying.take(message(state))
    assert vendor.requests == []


def test_other_messages_of_the_topic_are_told_but_open_no_alert(
    notifying: Notifying, vendor: Vendor, account: Account
) -> None:
    notifying.take(_of_topic("A labeling job has ended", "Labels"))
    assert [path for path, _ in vendor.requests] == ["/slack/T0/B0/secret", "/teams?sig=secret"]
    assert account.emails[0]["Subject"] == "Labels"


@pytest.mark.parametrize(
    ("answer", "pause"), [((429, {"Retry-After": "77"}), 77), (BUSY, 40), ((503, {"Retry-After": "soon"}), 40)]
)
def test_who_cannot_take_it_now_is_told_later_and_nobody_else_twice(
    queue: Callable[..., bool], vendor: Vendor, account: Account, answer: Any, pause: int
) -> None:
    vendor.answers = [answer]
    assert not queue(message(), 3)
    assert account.postponed == [pause]
    assert queue(message(), 4)
    assert [path for path, _ in vendor.requests].count("/slack/T0/B0/secret") == 2
    assert len(vendor.requests) == 4
    assert len(account.emails) == 1


def test_who_refuses_it_is_written_down_and_keeps_nobody_from_being_told(
    queue: Callable[..., bool], vendor: Vendor, account: Account
) -> None:
    vendor.answers = [(404, {})]
    assert queue(message())
    assert account.dead == [(message(), "chat answered 404")]
    assert len(vendor.requests) == 3


def test_a_webhook_that_leads_elsewhere_gets_nothing(
    queue: Callable[..., bool], vendor: Vendor, account: Account
) -> None:
    vendor.answers = [(307, {"Location": f"{vendor.url}/elsewhere"})]
    assert queue(message())
    assert "/elsewhere" not in [path for path, _ in vendor.requests]
    assert account.dead[0][1] == "chat answered 307"


def test_after_four_days_it_is_given_up(queue: Callable[..., bool], vendor: Vendor, account: Account) -> None:
    vendor.close()
    assert not queue(message())
    account.seconds += 4 * 24 * 3600 + 1
    assert queue(message(), 99)
    assert "Given up after four days: chat cannot be reached" in account.dead[0][1]


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("ftp://secret.example.com", "chat: its URL must begin with https://"),
        ("http://secret.example.com/x", "chat: its URL must begin with https://"),
        ("not a url: secret", "chat: its URL must begin with https://"),
        ('{"a": "secret", "b": "2"}', "chat: its secret must be text, or JSON with one value"),
    ],
)
def test_a_secret_that_is_none_is_refused_and_written_nowhere(
    queue: Callable[..., bool], account: Account, capsys: pytest.CaptureFixture[str], secret: str, reason: str
) -> None:
    account.secrets["slack"] = secret
    assert queue(message())
    assert account.dead[0][1] == reason
    assert "secret.example" not in capsys.readouterr().out


def test_no_secret_is_in_the_log_whatever_happens(
    queue: Callable[..., bool], vendor: Vendor, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    vendor.answers = [(500, {}), (400, {}), (429, {})]
    queue(message())
    vendor.close()
    queue(message())
    told = capsys.readouterr().out + json.dumps([account.items, account.dead])
    assert "tried again" in told
    for secret in (KEY, "T0/B0", "sig=", vendor.url):
        assert secret not in told


def _quiet(which: str) -> str:
    return json.dumps({"quiet": which, "seconds": 43_200})


def test_warnings_wait_for_the_morning_and_critical_ones_do_not(
    notifying: Notifying, vendor: Vendor, account: Account
) -> None:
    notifying.take(_quiet("begins"))
    notifying.take(message(name="A"))
    notifying.take(message(name="A"))
    notifying.take(message(name="B", minute=5))
    notifying.take(message("OK", name="B", minute=6))
    assert [body["event_action"] for _, body in vendor.requests] == ["resolve"]
    notifying.take(message(name="C", severity="critical"))
    notifying.take(message(name="D", severity=""))
    chat = "/slack/T0/B0/secret"
    assert [each["text"] for each in vendor.told(chat)] == ["ALARM: C", "ALARM: D"]
    vendor.requests.clear()
    notifying.take(_quiet("ends"))
    [digest] = vendor.told(chat)
    assert digest["text"] == "In quiet hours: 1 of 2 alarms are still on"
    lines = digest["blocks"][0]["text"]["text"].splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == ["STILL ON: A", "ended: B"]
    [duty] = vendor.told("/v2/enqueue")
    assert (duty["event_action"], duty["payload"]["summary"]) == ("trigger", "ALARM: A")
    # From then on, everything is told at once, and nothing again.
    notifying.take(_quiet("ends"))
    notifying.take(message(name="E", minute=30))
    assert [each["text"] for each in vendor.told(chat)][1:] == ["ALARM: E"]


def test_a_morning_that_never_comes_holds_nothing_back_for_ever(
    notifying: Notifying, vendor: Vendor, account: Account
) -> None:
    notifying.take(_quiet("begins"))
    account.seconds += 43_201
    notifying.take(message())
    assert len(vendor.requests) == 3


def test_a_digest_that_nobody_takes_is_kept(notifying: Notifying, vendor: Vendor) -> None:
    notifying.take(_quiet("begins"))
    notifying.take(message(name="A"))
    vendor.answers = [(500, {})]
    with pytest.raises(LaterError):
        notifying.take(_quiet("ends"))
    vendor.requests.clear()
    notifying.take(_quiet("ends"))
    assert [path for path, _ in vendor.requests] == ["/slack/T0/B0/secret"]


def test_a_function_that_dies_anywhere_tells_everybody_in_the_end(vendor: Vendor) -> None:
    for calls in range(25):
        vendor.requests.clear()
        account = Account(vendor)
        channels = [Channel("chat", "slack", secret="slack"), Channel("office", "teams", secret="teams")]
        table = NewsTable(account, "table", lambda account=account: account.seconds)
        notifying = Notifying(channels, Ways(account, account), table)
        account.calls_until_death = calls
        try:
            notifying.take(message())
        except KilledError:
            account.calls_until_death = None
            account.seconds += 121
            notifying.take(message())
        account.calls_until_death = None
        paths = [path for path, _ in vendor.requests]
        assert {*paths} == {"/slack/T0/B0/secret", "/teams?sig=secret"}
        assert len(paths) <= 3, "who may have been told is told again, and nobody else"


@pytest.mark.parametrize("body", ["no JSON", "{}", '{"Message": 1}', "[]"])
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(RefusedError, match="none of SNS"):
        news_of(body)
