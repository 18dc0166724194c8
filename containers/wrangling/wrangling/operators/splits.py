"""One table as several."""

from collections.abc import Mapping, Sequence

import numpy as np

from jobs.errors import JobError
from wrangling.flow import Node
from wrangling.frames import Frame
from wrangling.operators.operation import Make, Operation, member, only

_SEED = 0
_ROUNDING = 1e-6


def _randomized(node: Node) -> Operation:
    given = member(node, "randomized_split_parameters")
    only(node, given, "splits", "error", "random_seed")
    splits = [(str(each["name"]), float(each["percentage"])) for each in given.get("splits", ())]
    if not splits or abs(sum(share for _, share in splits) - 1) > _ROUNDING:
        raise JobError(f"the shares of a split must sum up to 1, got: {splits} in {node.words}")
    seed = int(given.get("random_seed") or _SEED)

    def run(frames: Sequence[Frame]) -> Mapping[str, Frame]:
        [frame] = frames
        order = np.random.default_rng(seed).permutation(len(frame))
        # Every row is in one part, and the parts are as large as their shares.
        ends = [round(len(frame) * sum(share for _, share in splits[: index + 1])) for index in range(len(splits))]
        parts = zip((name for name, _ in splits), [0, *ends[:-1]], ends, strict=True)
        return {name: frame.iloc[np.sort(order[first:last])].reset_index(drop=True) for name, first, last in parts}

    return run


OPERATORS: dict[tuple[str, str | None], Make] = {("sagemaker.spark.split_0.1", "Randomized split"): _randomized}
