"""A tile of a dashboard with alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sagemaker_constructs.observability.metric_alarm import Alarm


@dataclass(frozen=True)
class AlarmStates:
    """The states of ``alarms``, 100 at most: which are on, and which have too little data.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """

    title: str
    alarms: Sequence[Alarm]
    kind: ClassVar[str] = "alarm"

    def properties(self, region: str) -> dict[str, object]:
        """The ``properties`` of the widget; alarms of another region show themselves by their ARNs."""
        del region
        return {"title": self.title, "alarms": [each.arn for each in self.alarms][:100]}
