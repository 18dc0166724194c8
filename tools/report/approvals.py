"""What an approval function has written down: which version was live since when, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.report.executions import Clients


@dataclass(frozen=True)
class Move:
    """The pointer to the live version moved, in one stage; ``outcome`` says why a deployment failed."""

    stage: str
    number: int
    at: str
    version: str
    action: str
    state: str
    reason: str
    outcome: str


def moves(clients: Clients, table: str) -> Sequence[Move]:
    """Every move that ``table`` holds, the newest first."""
    pages = clients.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    found = [_move(item) for page in pages for item in page["Items"] if item["Entry"]["S"].startswith("move#")]
    return sorted(found, key=lambda move: (move.at, move.number), reverse=True)


def _move(item: Mapping[str, Any]) -> Move:
    def text(name: str) -> str:
        return str(item.get(name, {}).get("S", ""))

    return Move(
        stage=text("Stage"),
        number=int(item["Number"]["N"]),
        at=text("At"),
        version=text("Package").rpartition("model-package/")[2],
        action=text("Action"),
        state=text("State"),
        reason=text("Reason"),
        outcome=text("Outcome"),
    )
