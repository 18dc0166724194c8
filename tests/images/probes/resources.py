"""Prints what a container reads from a machine's resourceconfig.json."""

import json
import sys
from pathlib import Path

from jobs.resources import Resources

found = Resources.read(Path(sys.argv[1]))
group = found.current_group
print(json.dumps([found.hosts, found.position, group and group.name, found.communication()]))
