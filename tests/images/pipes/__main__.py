"""A training program that reads two epochs of each piped channel, and leaves what came."""

import json
import os
import pathlib

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
channels = json.loads((base / "input/config/inputdataconfig.json").read_text())
for name, channel in channels.items():
    assert channel["TrainingInputMode"] == "Pipe"
    for epoch in (0, 1):
        pipe = base / "input/data" / f"{name}_{epoch}"
        (base / "model" / pipe.name).write_bytes(pipe.read_bytes())
