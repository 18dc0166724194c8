"""Prints how often a FastFile channel is listed and its files are opened while a table is read from it."""
# ruff: noqa: E402 - what the imports open is counted too

import sys
from collections import Counter
from pathlib import Path
from typing import Any

seen: Counter[tuple[str, str]] = Counter()


def hook(event: str, arguments: tuple[Any, ...]) -> None:
    path = Path(str(arguments[0])) if arguments else Path()
    if event in ("open", "os.listdir", "os.scandir") and path.is_relative_to(sys.argv[1]):
        seen[event, path.name] += 1


sys.addaudithook(hook)

from jobs.data.channels import Channel
from jobs.data.table import read_table

table = read_table(Channel("train", Path(sys.argv[1]), mode="FastFile"), "kind")
assert len(table.labels) == 100
print(sorted(seen.items()))
