"""What the environment's variables tell the server."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.errors import SettingError
from serving.multi_model.memory import default_limit

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
_NAMESPACE = re.compile(r"[A-Za-z0-9.\-_/#:]{1,255}")


@dataclass(frozen=True)
class Settings:
    """The server's settings; `from_environment` names the variables."""

    host: str
    port: int
    workers: int | None
    """None: as many as CPUs and memory allow."""
    base: Path
    batch: bool
    multi_model: bool
    memory_limit: int
    sessions: bool
    session_seconds: int
    session_maximum: int
    session_folder: Path | None
    metrics_namespace: str
    metrics_seconds: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all variables. Raises SettingError.

        `SAGEMAKER_BIND_TO_PORT` (8080) and `SERVING_BIND_HOST` (0.0.0.0) say where to listen,
        `MODEL_SERVER_WORKERS` (one for each CPU that memory allows; always one with many models) how many processes
        answer,
        `SAGEMAKER_BASE_DIR` (/opt/ml) where SageMaker's folders are, `SAGEMAKER_BATCH` (true | unset) whether this
        is a transform job, `SAGEMAKER_MULTI_MODEL` (true | unset) whether models come and go,
        `MODEL_SERVER_MEMORY_MB` (four fifths of the container's) how much memory they may take together.
        `SAGEMAKER_ENABLE_STATEFUL_SESSIONS` (true | unset) keeps sessions, `SAGEMAKER_SESSIONS_EXPIRATION` (1200)
        seconds each, `SAGEMAKER_SESSIONS_MAXIMUM` (1000) at a time, in `SAGEMAKER_SESSIONS_PATH` (/dev/shm); only for
        endpoints with one model. `SERVING_METRICS_NAMESPACE` (unset) writes metrics for CloudWatch to the log, every
        `SERVING_METRICS_SECONDS` (60).
        """
        multi_model = _switch(environment, "SAGEMAKER_MULTI_MODEL")
        batch = _switch(environment, "SAGEMAKER_BATCH")
        sessions = _switch(environment, "SAGEMAKER_ENABLE_STATEFUL_SESSIONS")
        if sessions and (multi_model or batch):
            other = "SAGEMAKER_MULTI_MODEL" if multi_model else "SAGEMAKER_BATCH"
            raise SettingError(
                f"SAGEMAKER_ENABLE_STATEFUL_SESSIONS does not go with {other}: sessions belong to one model"
            )
        workers = None
        if environment.get("MODEL_SERVER_WORKERS"):
            workers = _whole_number(environment, "MODEL_SERVER_WORKERS", 1, 1_024)
        limit = _whole_number(environment, "MODEL_SERVER_MEMORY_MB", default_limit() // 1024**2, 2**30)
        return cls(
            host=environment.get("SERVING_BIND_HOST", "0.0.0.0"),
            port=_whole_number(environment, "SAGEMAKER_BIND_TO_PORT", 8080, 65_535),
            # What one process has loaded, another would not know.
            workers=1 if multi_model else workers,
            base=Path(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml")),
            batch=batch,
            multi_model=multi_model,
            memory_limit=limit * 1024**2,
            sessions=sessions,
            session_seconds=_whole_number(environment, "SAGEMAKER_SESSIONS_EXPIRATION", 1_200, 86_400),
            session_maximum=_whole_number(environment, "SAGEMAKER_SESSIONS_MAXIMUM", 1_000, 100_000),
            session_folder=_folder(environment, "SAGEMAKER_SESSIONS_PATH", Path("/dev/shm")),
            metrics_namespace=_namespace(environment, "SERVING_METRICS_NAMESPACE"),
            metrics_seconds=_whole_number(environment, "SERVING_METRICS_SECONDS", 60, 3_600),
        )


def _switch(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() == "true"


def _folder(environment: Mapping[str, str], name: str, default: Path) -> Path | None:
    if name not in environment:
        return default if os.access(default, os.W_OK) else None
    folder = Path(environment[name])
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise SettingError(f"{name} must be a folder that can be written to, got '{folder}'")
    return folder


def _namespace(environment: Mapping[str, str], name: str) -> str:
    namespace = environment.get(name, "")
    if namespace and (not _NAMESPACE.fullmatch(namespace) or namespace.startswith("AWS/")):
        raise SettingError(
            f"{name} must be 1 to 255 letters, digits or .-_/#: and not begin with AWS/, got '{namespace}'"
        )
    return namespace


def _whole_number(environment: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise SettingError(f"{name} must be a whole number from 1 to {highest}, got '{text}'")
    return int(text)
