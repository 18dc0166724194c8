"""Prints how many threads the numeric libraries use once a worker has shared out the CPUs."""
# ruff: noqa: E402, F401, I001 - the order of the imports is what is probed

import contextlib
import json
import os
import runpy
import sys

sys.argv = ["serving", "train"]
with contextlib.suppress(SystemExit):
    runpy.run_module("serving", run_name="__main__")
assert "numpy" not in sys.modules

from serving.threads import share_cpus

share_cpus(os.environ)

import numpy
import lightgbm
import threadpoolctl

print(json.dumps(sorted({pool["num_threads"] for pool in threadpoolctl.threadpool_info()})))
