"""The least a request can cost: parse, predict and format in one process, without a server.

Runs in the environment of containers/tabular; prints microseconds of CPU for each request body on standard input.
"""

import json
import sys
import time
from pathlib import Path

from served.linear import load as load_linear
from serving.handler import Request
from serving.multi_model.memory import keep_at_hand
from serving.settings import Settings
from tabular.serve import load as load_lightgbm

LOADERS = {"linear": load_linear, "lightgbm": load_lightgbm}
SECONDS = 1.0


def main() -> None:
    """Time the handler alone, for the model and the folder that are named."""
    model, folder = sys.argv[1:]
    keep_at_hand()
    handler = LOADERS[model](Path(folder), Settings.from_environment({}))
    floors: dict[str, float] = {}
    for name, call in json.load(sys.stdin).items():
        request = Request(call["body"].encode(), call["content_type"], "")
        handler.answer(request)
        count, begin = 0, time.process_time()
        while (used := time.process_time() - begin) < SECONDS:
            for _ in range(50):
                handler.answer(request)
            count += 50
        floors[name] = used / count * 1e6
    json.dump(floors, sys.stdout)


if __name__ == "__main__":
    main()
