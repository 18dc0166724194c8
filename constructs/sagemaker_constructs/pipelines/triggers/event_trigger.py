"""A start for each event of a kind."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import aws_events as events
from constructs import Construct

from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.pipelines.triggers.trigger import StartQueues, Trigger

_LONGEST_TEMPLATE = 8192
_EVENT = ',"event":<aws.events.event.json>}'


@dataclass(frozen=True, kw_only=True)
class EventTriggerBase(Trigger):
    """A trigger that is a rule of EventBridge."""

    @abstractmethod
    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """What events start the pipeline."""

    def connect(self, scope: Construct, id: str, *, queues: StartQueues, message: str) -> str | None:
        """Make the rule; returns its ARN."""
        rule = events.CfnRule(
            scope,
            id,
            event_pattern=self.event_pattern(location_of(scope)),
            targets=[
                {
                    "id": "Starts",
                    "arn": queues.starts,
                    "inputTransformer": {"inputTemplate": message + _EVENT},
                    "deadLetterConfig": {"arn": queues.dead_letters},
                }
            ],
        )
        return rule.attr_arn

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with it by itself."""
        yield from super().problems()
        length = len(self.message("") + _EVENT)
        if length > _LONGEST_TEMPLATE:
            words = f"take more than the {_LONGEST_TEMPLATE} characters of an input template"
            yield Problem("parameters", f"{words}, got: {length}")


@dataclass(frozen=True)
class EventTrigger(EventTriggerBase):
    """Starts a pipeline for each event of the account's default bus that matches ``pattern``.

    Such as what a workflow of GitHub sends with ``aws events put-events`` after a push. ``fields`` are those
    that tell one event from another (default: its ``id``, which EventBridge repeats when it delivers an event twice);
    ``a|b`` is whichever the event has.

    Provisions: one ``AWS::Events::Rule``.

    See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """

    pattern: Mapping[str, object]
    fields: Sequence[str] = ("id",)

    @property
    def identity(self) -> Sequence[str]:
        """``fields``."""
        return self.fields

    def event_pattern(self, location: Location) -> Mapping[str, object]:
        """``pattern``."""
        del location
        return self.pattern

    def problems(self) -> Iterator[Problem | None]:
        """Rules: a pattern that does not match everything, and something that tells events apart."""
        yield from super().problems()
        if not self.pattern:
            yield Problem("pattern", "must match some events and not all, got: nothing")
        if not self.fields:
            yield Problem("fields", "must name what tells one event from another, got: none")
