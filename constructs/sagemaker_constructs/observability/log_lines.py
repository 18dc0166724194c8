"""A tile of a dashboard with lines of logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class LogLines:
    """The last lines of log groups that have ``pattern``, the newest first, with the time of each.

    See https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
    """

    title: str
    groups: Sequence[str]
    pattern: str
    most: int = 20
    kind: ClassVar[str] = "log"

    def properties(self, region: str) -> dict[str, object]:
        """The ``properties`` of the widget: a query of Logs Insights, billed by what it reads when it is shown."""
        sources = " | ".join(f"SOURCE '{each}'" for each in self.groups)
        wanted = self.pattern.replace("\\", "\\\\").replace('"', '\\"')
        query = f'{sources} | fields @timestamp, @message | filter @message like "{wanted}"'
        return {
            "view": "table",
            "title": self.title,
            "region": region,
            "query": f"{query} | sort @timestamp desc | limit {self.most}",
        }
