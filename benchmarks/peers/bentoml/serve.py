"""Start BentoML with one worker, on the port that SageMaker names."""

import os
import sys
from pathlib import Path

SERVICE = ["service:Bench", "--working-dir", str(Path(__file__).parent)]

os.execv(
    sys.executable,
    [
        sys.executable,
        "-m",
        "bentoml",
        "serve",
        *SERVICE,
        "--host",
        "127.0.0.1",
        "--port",
        os.environ["SAGEMAKER_BIND_TO_PORT"],
    ],
)
