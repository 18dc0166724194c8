"""Start multi-model-server with a model that sagemaker-inference's handler answers, as AWS's toolkit does."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PROPERTIES = """
inference_address=http://127.0.0.1:{port}
management_address=http://127.0.0.1:{port}
default_workers_per_model=1
max_request_size=110000000
max_response_size=110000000
default_response_timeout=60
async_logging=true
decode_input_request=false
preload_model=false
vmargs=-XX:-UseContainerSupport
"""


def main() -> int:
    """Archive the handler as the toolkit does, then run the server in the foreground."""
    port = os.environ["SAGEMAKER_BIND_TO_PORT"]
    folder = Path(tempfile.mkdtemp())
    tools = Path(sys.executable).parent
    # A server that was killed leaves a file in TMPDIR that would keep the next one from starting.
    own = dict.fromkeys(("LOG_LOCATION", "METRICS_LOCATION", "TMPDIR"), str(folder))
    environment = {**os.environ, **own, "PATH": f"{tools}:{os.environ['PATH']}"}
    archive = [tools / "model-archiver", "--model-name", "bench", "--handler", "handler.py:handle"]
    folders = ["--model-path", folder / "code", "--export-path", folder / "models", "--archive-format", "no-archive"]
    (folder / "models").mkdir()
    (folder / "code").mkdir()
    # The server gives its workers a PYTHONPATH of its own: all that the handler imports must be in the archive.
    for module in (HERE / "handler.py", HERE.parent / "scorer.py"):
        shutil.copy(module, folder / "code")
    subprocess.run([str(word) for word in (*archive, *folders)], check=True, env=environment)
    properties = folder / "mms.properties"
    properties.write_text(PROPERTIES.format(port=port))
    server = [tools / "multi-model-server", "--start", "--foreground", "--mms-config", properties]
    models = ["--model-store", folder / "models"]
    if os.environ.get("SAGEMAKER_MULTI_MODEL") != "true":
        models += ["--models", "bench=bench"]
    os.chdir(folder)
    os.execve(str(server[0]), [str(word) for word in (*server, *models)], environment)


if __name__ == "__main__":
    sys.exit(main())
