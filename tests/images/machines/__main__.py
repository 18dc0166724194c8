"""A training program that says what its machine got, and fails on the one that FAILING names."""

import json
import os
import pathlib
import sys

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
resources = json.loads((base / "input/config/resourceconfig.json").read_text())
host = resources["current_host"]
if os.environ.get("FAILING") == host:
    (base / "output/failure").write_text("no luck on " + host)
    sys.exit(2)
seen = {name: sorted(path.name for path in (base / "input/data" / name).iterdir()) for name in ("part", "all")}
(base / "model" / (host + ".json")).write_text(json.dumps({"hosts": resources["hosts"], **seen}))
(base / "model" / "same").write_text(host)
print("rows=" + host[-1])
if "FAILING" in os.environ:
    import time

    time.sleep(60)
