"""The emulator's clock for waits that last minutes in AWS: alarms on SageMaker metrics, scaling, bake times."""

from __future__ import annotations

import os

FACTOR = float(os.environ.get("EMULATOR_TIME_FACTOR", "60"))
"""How many times faster those waits pass: 60 makes a minute of AWS one second. Set by the launcher's environment."""


def shortened(seconds: float) -> float:
    """Real seconds that stand for so many seconds of AWS."""
    return seconds / FACTOR
