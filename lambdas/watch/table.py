"""What was seen of each job, kept between two looks."""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from lambdas.watch.job_log import CalledApi
from lambdas.watch.rules import WatchFinding
from lambdas.watch.series import Series

_LEASE_SECONDS = 70
"""Longer than the function runs: whoever holds a lease that has ended is dead."""
_KEPT_SECONDS = 30 * 24 * 3600


@dataclass
class Seen:
    """A job as far as it was looked at.

    ``places`` is how far each stream was read. ``stopping`` is set before the job is asked to stop, so that a look
    that dies in between is finished by the next one. ``told`` is how many findings were sent. ``done`` says that
    nothing more will come.
    """

    places: dict[str, str] = field(default_factory=dict[str, str])
    series: dict[str, Series] = field(default_factory=dict[str, Series])
    findings: list[WatchFinding] = field(default_factory=list[WatchFinding])
    told: int = 0
    stopping: bool = False
    scheduled: bool = False
    reported: str = ""
    done: bool = False

    def packed(self) -> bytes:
        """All of it, compressed."""
        return gzip.compress(json.dumps(asdict(self)).encode(), mtime=0)

    @classmethod
    def unpacked(cls, content: bytes) -> "Seen":
        """What ``packed`` has made."""
        members: dict[str, Any] = json.loads(gzip.decompress(content))
        members["series"] = {name: _series(each) for name, each in members["series"].items()}
        members["findings"] = [WatchFinding(**each) for each in members["findings"]]
        return cls(**members)


@dataclass(frozen=True)
class Look:
    """One look at a job, which nobody else takes meanwhile."""

    job: str
    lease: str
    seen: Seen


class WatchTable:
    """The table with an item for each job; one look at a time holds its lease."""

    def __init__(self, api: CalledApi, name: str, now: Callable[[], float]) -> None:
        self._api = api
        self._name = name
        self._now = now

    def begin(self, job: str) -> Look | None:
        """Take the lease of ``job``; None while another look has it."""
        now = self._now()
        lease = f"{now + _LEASE_SECONDS:.3f}"
        try:
            answer = self._api.call(
                "update_item",
                TableName=self._name,
                Key=_key(job),
                UpdateExpression="SET #lease = :lease",
                ConditionExpression="attribute_not_exists(#lease) OR #lease < :now",
                ExpressionAttributeNames={"#lease": "Lease"},
                ExpressionAttributeValues={":lease": {"N": lease}, ":now": {"N": f"{now:.3f}"}},
                ReturnValues="ALL_NEW",
            )
        except Exception as error:
            if self._api.code_of(error) == "ConditionalCheckFailedException":
                return None
            raise
        item: Mapping[str, Any] = answer["Attributes"]
        content = cast("bytes | None", item.get("Seen", {}).get("B"))
        return Look(job, lease, Seen.unpacked(content) if content else Seen())

    def keep(self, look: Look, *, ended: bool) -> None:
        """Keep what was seen, and give the lease back when the look has ``ended``.

        Raises what the API raises if the lease has gone to another look.
        """
        self._api.call(
            "update_item",
            TableName=self._name,
            Key=_key(look.job),
            UpdateExpression="SET #seen = :seen, #expires = :expires" + (" REMOVE #lease" if ended else ""),
            ConditionExpression="#lease = :lease",
            ExpressionAttributeNames={"#lease": "Lease", "#seen": "Seen", "#expires": "Expires"},
            ExpressionAttributeValues={
                ":lease": {"N": look.lease},
                ":seen": {"B": look.seen.packed()},
                ":expires": {"N": str(int(self._now()) + _KEPT_SECONDS)},
            },
        )


def _key(job: str) -> dict[str, Any]:
    return {"Job": {"S": job}}


def _series(members: Mapping[str, Any]) -> Series:
    points = [(int(number), float(value)) for number, value in members["points"]]
    return Series(members["stream"], points, members["rounds"])
