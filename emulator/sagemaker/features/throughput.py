"""Provisioned throughput: how many records a group takes in a second."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping

from emulator.sagemaker.features.groups import Group
from emulator.sagemaker.features.values import Value

_UNIT_BYTES = 1024


class WriteUnits:
    """Counts the units that are left; a group has at most those of one second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, group: Group, values: Mapping[str, Value]) -> bool:
        """Take what a record costs; returns False when there is too little left."""
        most = group.writes_a_second
        if not most:
            return True
        size = sum(len(name) + sum(map(len, value)) for name, value in values.items())
        cost, now = max(1, math.ceil(size / _UNIT_BYTES)), time.monotonic()
        with self._lock:
            left, before = self._left.get(group.record.arn, (float(most), now))
            left = min(float(most), left + (now - before) * most)
            taken = left >= min(cost, most)
            self._left[group.record.arn] = (left - cost if taken else left, now)
        return taken
