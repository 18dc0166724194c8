"""A training program that leaves a model with all that it was shown."""

import json
import os
import pathlib

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
files = {str(p.relative_to(base)): p.read_text() for p in sorted(base.rglob("*")) if p.is_file()}
(base / "model" / "seen.json").write_text(json.dumps({"files": files, "environment": dict(os.environ)}))
(base / "checkpoints" / "last").write_text("epoch 2")
print("loss=3.5\nloss=1.25\nloss=nan-ish")
