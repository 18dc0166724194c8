"""Hundreds of endpoints of one table."""

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Environment, Stack
from constructs import Construct

from sagemaker_constructs.core.places import path_of
from sagemaker_constructs.core.problems import InvalidInput, Problem, in_range, reject
from sagemaker_constructs.fleet.fleet_table import FleetRow, FleetTable

METADATA = "sagemaker-constructs:fleet"
"""Where the template of a fleet's stack says which rows it has."""
_MOST_STACKS = 500


class EndpointFleet(Construct):
    """A stack for each share of the rows of ``table``; ``build`` makes what a row stands for.

    Which stack a row is in follows from its name and from the number of ``stacks`` alone: a row that is added,
    changed or removed changes one template. With another number, as many rows move as the new stacks take; a row
    that moves is deleted in one stack and made in another, and does not answer in between.

    Stacks are deployed in ``waves``, shares of them that rise to 1: those of a wave side by side
    (``cdk deploy --concurrency 8``), and none of the next one before all of them have ended well. Begin with few.

    ``build`` is called with a scope of the row's own, in its stack, and with the row. What all rows share, such as
    a key, is best imported: a key in each stack costs 1 USD a month, and a reference between stacks locks both.

    ``shown`` are columns that the report shows beside each endpoint, such as its owner.

    Provisions: a ``Stack`` for each share that has rows, called after the fleet's path.
    Defaults: at most ``most_per_stack`` 40 rows in a stack, as a scaled endpoint has about 10 resources of 500;
    three waves of 5 %, 25 % and all stacks.
    Raises ``InvalidInput`` for a share that has more rows, for waves that do not rise to 1, for a fleet within a
    stack, and for everything that ``build`` refuses, of all rows at once.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        table: FleetTable,
        stacks: int,
        build: Callable[[Construct, FleetRow], object],
        waves: Sequence[float] = (0.05, 0.25, 1),
        most_per_stack: int = 40,
        shown: Sequence[str] = (),
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id)
        reject(self, _problems(scope, stacks, waves))
        shares = shares_of(table, stacks)
        reject(self, [_too_narrow(shares, len(table.rows), stacks, most_per_stack)])
        # By default, the CDK would put a hash in place of the hyphens.
        name = re.sub(r"[^A-Za-z0-9]+", "-", path_of(self))
        refused: list[Problem] = []
        made: dict[int, Stack] = {}
        for share, rows in sorted(shares.items()):
            stack = made[share] = Stack(
                self, f"{share:03}", stack_name=f"{name}-{share:03}", env=env, description=f"Endpoints of {id}"
            )
            for row in rows:
                try:
                    build(Construct(stack, row.name), row)
                except InvalidInput as error:
                    refused += [Problem(f"{row.place} {error.place}", str(each)) for each in error.problems]
            kept = {row.name: {column: row.get(column, "") for column in shown} for row in rows}
            stack.add_metadata(METADATA, {"wave": wave_of(share, stacks, waves), "rows": kept})
        reject(self, refused)
        self.stacks: Mapping[int, Stack] = made
        _in_waves(made, stacks, waves)


def shares_of(table: FleetTable, stacks: int) -> Mapping[int, Sequence[FleetRow]]:
    """The rows of each share, in the order of their names.

    A row belongs to the share that, hashed with its name, is the highest: a new share takes its rows from all others,
    and no row moves between these.
    """
    found = defaultdict[int, list[FleetRow]](list)
    for row in sorted(table.rows, key=lambda row: row.name):
        found[max(range(stacks), key=lambda share: _weight(share, row.name))].append(row)
    return found


def wave_of(share: int, stacks: int, waves: Sequence[float]) -> int:
    """The number of the wave in which a share is deployed, from 1 on."""
    ends = [max(index + 1, math.ceil(stacks * until)) for index, until in enumerate(waves)]
    return next(index for index, end in enumerate(ends, start=1) if share < end or index == len(ends))


def _weight(share: int, name: str) -> bytes:
    return hashlib.blake2b(f"{share}/{name}".encode(), digest_size=8).digest()


def _in_waves(made: Mapping[int, Stack], stacks: int, waves: Sequence[float]) -> None:
    before: list[Stack] = []
    for number in range(1, len(waves) + 1):
        wave = [stack for share, stack in made.items() if wave_of(share, stacks, waves) == number]
        for stack in wave:
            for earlier in before:
                stack.add_stack_dependency(earlier)
        before = wave or before


def _problems(scope: Any, stacks: int, waves: Sequence[float]) -> Iterator[Problem | None]:
    if isinstance(scope, Stack):
        yield Problem("scope", "must be an app, a stage or a construct in one, as a fleet is of stacks, got: a stack")
    yield in_range("stacks", stacks, 1, _MOST_STACKS)
    if not waves or waves[-1] != 1 or any(low >= high for low, high in zip((0, *waves), waves, strict=False)):
        yield Problem("waves", f"must rise to 1, such as (0.05, 0.25, 1), got: {tuple(waves)}")


def _too_narrow(shares: Mapping[int, Sequence[FleetRow]], rows: int, stacks: int, most: int) -> Problem | None:
    share, largest = max(shares.items(), key=lambda share: len(share[1]))
    if len(largest) <= most:
        return None
    # Names fall unevenly: with half as many in the mean, about one fleet in a thousand has a fuller stack.
    advised = math.ceil(rows / most * 1.6)
    words = f"{len(largest)} of {rows} rows fall into stack {share:03}, and most_per_stack is {most}"
    return Problem("stacks", f"must be more, such as {advised}: {words}, got: {stacks}")
