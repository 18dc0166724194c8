"""Captured answers of two variants, and the truth that comes later, as files that a comparison is given."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from harness.monitor.captured import captured, told, write_lines, write_truth

DAY = "2026/11/29"
BINARY: Mapping[str, Any] = {"problem": "BinaryClassification", "prediction": "y", "outputs": ["y"]}


@dataclass(frozen=True)
class Asked:
    """A request: its name, its hour, what both have answered, and what is true."""

    name: str
    hour: int
    champion: str
    challenger: str
    truth: str

    def line(self, answer: str, **more: Any) -> str:
        """A captured line."""
        at = f"{DAY.replace('/', '-')}T{self.hour:02}:30:00Z"
        return captured(f"{self.name},{self.hour}", answer, at=at, **more)


def labels(count: int, seed: int, *, champion: float, challenger: float, together: float = 0.5) -> Iterator[Asked]:
    """Requests over a day, which each variant answers wrongly at its rate, partly the same ones."""
    source = numpy.random.default_rng(seed)
    for number in range(count):
        truth, luck, own = source.integers(0, 2), source.uniform(), source.uniform(size=2)
        shared = source.uniform() < together
        wrong = [(luck if shared else own[place]) < rate for place, rate in enumerate((champion, challenger))]
        one, other = (str(int(truth) ^ int(each)) for each in wrong)
        yield Asked(f"i{seed}-{number}", int(number * 24 / count), one, other, str(truth))


def write_settings(base: Path, **settings: Any) -> None:
    """Settings of a comparison of ``Champion`` and ``Challenger``."""
    given = {
        "champion": "Champion",
        "challenger": "Challenger",
        "minimum_days": 0,
        "answers": BINARY,
        **settings,
    }
    path = base / "processing/input/settings/settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(given))


def write_shadow(base: Path, asked: Sequence[Asked], *, named: bool = True, side: str = "captured") -> None:
    """What both variants of a shadow test have captured."""
    for variant in ("Champion", "Challenger"):
        for hour in sorted({each.hour for each in asked}):
            lines = [
                each.line(each.champion if variant == "Champion" else each.challenger,
                          inference=each.name if named else None)
                for each in asked
                if each.hour == hour
            ]  # fmt: skip
            write_lines(base, lines, folder=f"processing/input/{side}/churn/{variant}/{DAY}/{hour:02}")


def write_shares(base: Path, asked: Sequence[Asked], of_challenger: Sequence[float]) -> None:
    """What two variants have captured that share the requests, with the challenger's share in each hour."""
    source = numpy.random.default_rng(5)
    for hour in sorted({each.hour for each in asked}):
        lines: dict[str, list[str]] = {"Champion": [], "Challenger": []}
        for each in asked:
            if each.hour == hour:
                variant = "Challenger" if source.uniform() < of_challenger[hour % len(of_challenger)] else "Champion"
                answer = each.challenger if variant == "Challenger" else each.champion
                lines[variant].append(each.line(answer, inference=each.name))
        for variant, listed in lines.items():
            write_lines(base, listed, folder=f"processing/input/captured/churn/{variant}/{DAY}/{hour:02}")


def tell(base: Path, asked: Sequence[Asked], hour: str = f"{DAY}/23", name: str = "a.jsonl") -> None:
    """What was true, as it was collected."""
    write_truth(base, [told(each.name, each.truth) for each in asked], hour, name)


def write_operation(base: Path, document: Mapping[str, Any]) -> None:
    """What the job is told of the two."""
    path = base / "processing/input/operation/operation.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
