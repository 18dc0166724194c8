"""Where our construct crosses to jsii: for one more endpoint, what is asked and which function of ours asks."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synth import runs
from synth.runs import Run

SHOWN = 30


def crossings_of_one_more(small: Run, large: Run, endpoints: int) -> Counter[tuple[str, str]]:
    """Calls that ``large`` makes more than ``small``, by operation and caller, for each of so many endpoints."""
    found = _by_operation(large)
    found.subtract(_by_operation(small))
    return Counter({key: count / endpoints for key, count in found.items() if count})  # pyright: ignore[reportArgumentType]


def profile(folder: Path, *, few: int = 2, many: int = 12) -> str:
    """The report of one stack that grows from ``few`` endpoints to ``many``."""
    small = runs.ours(few, mode="count", outdir=folder / "few")
    large = runs.ours(many, mode="count", outdir=folder / "many")
    found = crossings_of_one_more(small, large, many - few)
    kinds: Counter[str] = Counter()
    callers: Counter[str] = Counter()
    for (operation, caller), count in found.items():
        kinds[operation.partition(" ")[0]] += count
        callers[caller] += count
    total = sum(found.values())
    return "\n".join(
        [
            f"One more endpoint makes {total:g} jsii calls: {_list(kinds)}.",
            "",
            *(f"{count:7.2f}  {caller}" for caller, count in callers.most_common(SHOWN)),
            "",
            *(f"{count:7.2f}  {operation:60} {caller}" for (operation, caller), count in found.most_common(SHOWN)),
        ]
    )


def _by_operation(run: Run) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for crossing in run.crossings:
        counted[_operation(crossing), crossing["caller"]] += crossing["count"]
    return counted


def _operation(crossing: Mapping[str, Any]) -> str:
    return f"{crossing['kind']} {crossing['target']}"


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{count:g} {name}" for name, count in counts.most_common())
