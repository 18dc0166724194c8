"""Writes what its arguments say: a file's name, then its text."""

import sys
from pathlib import Path

target = Path("/opt/ml/processing/output/report")
target.mkdir(parents=True, exist_ok=True)
(target / sys.argv[1]).write_text(sys.argv[2])
