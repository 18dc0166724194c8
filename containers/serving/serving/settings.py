"""What the environment's variables tell the server."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.errors import SettingError
from serving.memory import default_limit


@dataclass(frozen=True)
class Settings:
    """The server's settings; `from_environment` names the variables."""

    host: str
    port: int
    workers: int
    base: Path
    batch: bool
    multi_model: bool
    memory_limit: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read all variables. Raises SettingError.

        `SAGEMAKER_BIND_TO_PORT` (8080) and `SERVING_BIND_HOST` (0.0.0.0) say where to listen,
        `MODEL_SERVER_WORKERS` (one for each CPU; always one with many models) how many processes answer,
        `SAGEMAKER_BASE_DIR` (/opt/ml) where SageMaker's folders are, `SAGEMAKER_BATCH` (true | unset) whether this
        is a transform job, `SAGEMAKER_MULTI_MODEL` (true | unset) whether models come and go,
        `MODEL_SERVER_MEMORY_MB` (four fifths of the container's) how much memory they may take together.
        """
        multi_model = _switch(environment, "SAGEMAKER_MULTI_MODEL")
        cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        limit = _whole_number(environment, "MODEL_SERVER_MEMORY_MB", default_limit() // 1024**2, 2**30)
        return cls(
            host=environment.get("SERVING_BIND_HOST", "0.0.0.0"),
            port=_whole_number(environment, "SAGEMAKER_BIND_TO_PORT", 8080, 65_535),
            # What one process has loaded, another would not know.
            workers=1 if multi_model else _whole_number(environment, "MODEL_SERVER_WORKERS", cpus, 1_024),
            base=Path(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml")),
            batch=_switch(environment, "SAGEMAKER_BATCH"),
            multi_model=multi_model,
            memory_limit=limit * 1024**2,
        )


def _switch(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() == "true"


def _whole_number(environment: Mapping[str, str], name: str, default: int, highest: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise SettingError(f"{name} must be a whole number from 1 to {highest}, got '{text}'")
    return int(text)
