"""A processing script that says what its machine got."""

import json
import os
import pathlib

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
resources = json.loads((base / "config/resourceconfig.json").read_text())
job = json.loads((base / "config/processingjobconfig.json").read_text())
said = {
    "hosts": resources["hosts"],
    "part": sorted(path.name for path in (base / "processing/input/part").iterdir()),
    "all": sorted(path.name for path in (base / "processing/input/all").iterdir()),
    "job": job["ProcessingJobName"],
    "mine": os.environ["MINE"],
}
(base / "processing/output/seen" / (resources["current_host"] + ".json")).write_text(json.dumps(said))
