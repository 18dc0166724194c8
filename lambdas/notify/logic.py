"""Tell everybody of everything once, and of what can wait when quiet hours are over."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from lambdas.common.retried_queue import LaterError, RefusedError
from lambdas.notify.channels import Channel, Ways
from lambdas.notify.news import News, digest, news_of, standing
from lambdas.notify.table import NewsTable


@dataclass(frozen=True)
class Notifying:
    """Everybody who is told."""

    channels: Sequence[Channel]
    ways: Ways
    table: NewsTable

    def take(self, body: str) -> None:
        """Act on a message: one of the topic, or one of the clock.

        Raises ``LaterError`` while any channel is to be tried again, and then ``RefusedError`` for those that never
        take it.
        """
        clock = _of_clock(body)
        if clock is None:
            if news := news_of(body):
                self._tell(news)
            return
        if clock["quiet"] == "begins":
            self.table.begin_quiet(int(clock["seconds"]))
            return
        self.table.end_quiet()
        if held := self.table.held():
            self._tell_held(held)
            self.table.forget(held)

    def _tell(self, news: News) -> None:
        if not news.waits or not self.table.quiet:
            self._send([(each, news) for each in self.channels if news.state or not each.takes_alarms_alone])
            return
        self.table.hold(news)
        if news.state == "OK":
            # What ends wakes nobody, and what was told of before quiet hours would stay open until their end.
            self._send([(each, news) for each in self.channels if each.takes_alarms_alone])

    def _tell_held(self, held: Sequence[News]) -> None:
        summary = digest(held)
        alarms = [each for each in standing(held) if each.state == "ALARM"]
        told = [(channel, summary) for channel in self.channels if not channel.takes_alarms_alone]
        told += [(channel, each) for channel in self.channels if channel.takes_alarms_alone for each in alarms]
        self._send(told)

    def _send(self, told: Sequence[tuple[Channel, News]]) -> None:
        later: list[LaterError] = []
        refused: list[str] = []
        for channel, news in told:
            try:
                # An alert that was resolved already must not be opened by what began it.
                if channel.takes_alarms_alone and not self.table.is_last(news):
                    continue
                if self.table.claim(channel.name, news):
                    self._send_one(channel, news)
            except LaterError as error:
                later.append(error)
            except RefusedError as error:
                refused.append(str(error))
        if later:
            raise LaterError("; ".join(map(str, later)), max(each.seconds for each in later))
        if refused:
            raise RefusedError("; ".join(refused))

    def _send_one(self, channel: Channel, news: News) -> None:
        try:
            self.ways.send(channel, news)
        except Exception as error:
            self.table.release(channel.name, news)
            if isinstance(error, LaterError | RefusedError):
                raise
            raise LaterError(f"{channel.name}: {type(error).__name__}") from None
        self.table.told(channel.name, news)


def _of_clock(body: str) -> dict[str, Any] | None:
    """What the schedule of quiet hours says; None for a message of the topic."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) and "quiet" in told else None
