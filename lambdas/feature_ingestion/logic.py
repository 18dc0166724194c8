"""Messages become records of the group, or dead letters with the reason, or are left to come again."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lambdas.feature_ingestion.dead_letters import DeadLetters, lost_batch, message_of
from lambdas.feature_ingestion.messages import Message
from lambdas.feature_ingestion.schema import FeatureRecord, GroupSchema, RefusedRecordError
from lambdas.feature_ingestion.store import FeatureStore


@dataclass
class Dealt:
    """What became of messages: ``refused`` with the reason, ``left`` to come again, and the others written."""

    refused: list[tuple[Message, str]] = field(default_factory=list[tuple[Message, str]])
    left: list[Message] = field(default_factory=list[Message])


class FeatureIngestion:
    """Takes messages into ``store``, and gives up to ``dead_letters`` what cannot be a record.

    Messages of one record identifier are written in their order: none overtakes one that is left. The same message
    may come again: online, Feature Store keeps the first record of an event time.
    """

    def __init__(
        self,
        store: FeatureStore,
        dead_letters: DeadLetters,
        *,
        drop_others: bool = False,
        most_received: int = 0,
        known: GroupSchema | None = None,
    ) -> None:
        self._store = store
        self._dead_letters = dead_letters
        self._drop_others = drop_others
        self._most_received = most_received
        self.schema: GroupSchema = known or store.schema()

    def take(self, messages: Sequence[Message]) -> list[str]:
        """Act on messages; returns the ids of those that have to come again, in their order."""
        dealt = self._write(messages)
        dealt.left += self._dead_letters.bury(dealt.refused)
        for message, reason in dealt.refused:
            print(f"given up: {message.id}: {reason}")
        left = {each.id for each in dealt.left}
        return [each.id for each in messages if each.id in left]

    def replay(
        self, most: int, batch: Callable[[Mapping[str, Any]], Sequence[Message]], enough: Callable[[], bool]
    ) -> dict[str, Any]:
        """Try the dead letters again, ``most`` at most; what is still refused stays among them.

        ``batch`` reads the records of a batch that Lambda itself gave up from the stream.
        """
        kept: list[Mapping[str, Any]] = []
        reasons: Counter[str] = Counter()
        written = 0
        for letter in self._dead_letters.waiting(most):
            lost = lost_batch(letter)
            messages = batch(lost) if lost else [message_of(letter)]
            dealt = self._write(messages)
            written += len(messages) - len(dealt.refused) - len(dealt.left)
            reasons.update(reason for _, reason in dealt.refused)
            # The records of a batch become letters of their own; a single one stays as it is.
            unburied = self._dead_letters.bury(dealt.refused) if lost else [each for each, _ in dealt.refused]
            if dealt.left or unburied:
                kept.append(letter)
            else:
                self._dead_letters.delete(letter)
            if enough():
                break
        for letter in kept:
            self._dead_letters.let_go(letter)
        return {"written": written, "refused": dict(reasons), "kept": len(kept)}

    def _write(self, messages: Sequence[Message]) -> Dealt:
        dealt = Dealt()
        records: list[tuple[Message, FeatureRecord]] = []
        for message in messages:
            if self._most_received and message.received > self._most_received:
                reason = f"Given up after {message.received - 1} attempts, none of which came to an end."
                dealt.refused.append((message, reason))
                continue
            try:
                records.append((message, self._record(message)))
            except RefusedRecordError as refusal:
                dealt.refused.append((message, str(refusal)))
        waiting: set[str] = set()
        for wave in _waves(records):
            ready = {each.identifier: (message, each) for message, each in wave if each.identifier not in waiting}
            dealt.left += [message for message, each in wave if each.identifier in waiting]
            written = self._store.write([each for _, each in ready.values()])
            dealt.refused += [(ready[name][0], reason) for name, reason in written.refused.items()]
            dealt.left += [ready[name][0] for name in written.left]
            waiting |= written.left
        return dealt

    def _record(self, message: Message) -> FeatureRecord:
        if not self._drop_others and not self.schema.knows(message.body):
            self.schema = self._store.schema()
        return self.schema.record(message.body, drop_others=self._drop_others)


def _waves(records: Sequence[tuple[Message, FeatureRecord]]) -> Iterator[list[tuple[Message, FeatureRecord]]]:
    """The first message of each identifier, then the second of each, and so on."""
    waves: dict[int, list[tuple[Message, FeatureRecord]]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for message, record in records:
        waves[seen[record.identifier]].append((message, record))
        seen[record.identifier] += 1
    for number in sorted(waves):
        yield waves[number]
