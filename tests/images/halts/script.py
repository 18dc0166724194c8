"""A processing script that writes its outputs and a message, and waits to be told to end."""

import os
import pathlib
import signal
import sys
import time

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])
for name in ("early", "late"):
    (base / "processing/output" / name / "rows.csv").write_text(name)
(base / "output").mkdir()
(base / "output/message").write_text("as far as I came")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
time.sleep(60)
