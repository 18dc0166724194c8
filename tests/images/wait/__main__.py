"""A training program that waits, and leaves part of a model when it is told to end."""

import os
import pathlib
import signal
import sys
import time

base = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])


def end(number, frame):
    (base / "model" / "partial").write_text("x")
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
print("waiting", flush=True)
time.sleep(60)
