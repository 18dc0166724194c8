"""The environment of the server's process. Standard library only."""

from __future__ import annotations

import json
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_IMAGES = PROJECT / ".emulator"
SECRET_KEY = "test"
HOST = "127.0.0.1"
TEMPORARY = "temporary"


def access_key(account: str) -> str:
    """The access key of everybody in ``account``: the CDK remembers, for all apps of a user, whose a key is."""
    return f"test{account}"


def server_environment(state: Path, *, port: int, run: str, account: str, region: str) -> dict[str, str]:
    """A clean environment: nothing of the user's AWS configuration, and MiniStack bound to this state."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "LOCALSTACK", "VIRTUAL_ENV"))
    }
    for name in ("aws-config", "aws-credentials"):
        (state / name).touch()
    own_modules = str(PROJECT / "node_modules")
    node_path = own_modules if Path(own_modules).is_dir() else os.environ.get("NODE_PATH", own_modules)
    return {
        **kept,
        "EMULATOR_IMAGE_ROOT": os.environ.get("EMULATOR_IMAGE_ROOT", str(DEFAULT_IMAGES)),
        "EMULATOR_STATE": str(state),
        "EMULATOR_PORT": str(port),
        "EMULATOR_RUN": run,
        "AWS_EC2_METADATA_DISABLED": "true",
        # What clients of this account have, so that addresses which they sign are good.
        "AWS_ACCESS_KEY_ID": access_key(account),
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": str(state / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(state / "aws-credentials"),
        "NODE_PATH": node_path,
        # Node reads it as a list, in which a path with spaces stands in quotes.
        "NODE_OPTIONS": f"--require={json.dumps(str(PROJECT / 'emulator' / 'node' / 'streaming.cjs'))}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_REGION": region,
        # What functions leave behind stays with the state until the next start.
        "TMPDIR": str(state / TEMPORARY),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
