"""A program without dependencies, started by its file: it tells its arguments and its neighbours."""

import sys
from pathlib import Path

import beside

print(*sys.argv[1:], beside.__name__, *sorted(path.name for path in Path(__file__).parent.glob("*.py")))
