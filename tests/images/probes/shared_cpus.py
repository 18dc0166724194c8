"""Prints the CPUs, and the numbers of threads that a worker gives to libraries."""

import json
import os

from serving.threads import VARIABLES, available_cpus, share_cpus

share_cpus(os.environ)
print(json.dumps([available_cpus(), sorted({os.environ[name] for name in VARIABLES})]))
