"""Serving: loads the model that training has left, for the serving core."""

from pathlib import Path

from jobs.artifact import check_parity
from serving.batch import BatchRowHandler
from serving.handler import Handler
from serving.observed.logs import log
from serving.row_handler import RowHandler
from serving.scripts.script_handler import ScriptHandler
from serving.server import run_server
from serving.settings import Settings
from tabular.predictor import Predictor


def run_serving() -> int:
    """Serve until SIGTERM; returns the exit code."""
    return run_server(load)


def load(folder: Path, settings: Settings) -> Handler:
    """Load the model in `folder` and prove it. Raises ModelError.

    A model that brings `code/inference.py` along is served by that script; trained ones do not. `LOCK_MISMATCH`
    (warn | refuse) says what to do with a trained model of another environment.
    """
    if (folder / "code" / "inference.py").is_file():
        return ScriptHandler.load(folder, settings)
    predictor = Predictor.load(folder)
    check_parity(predictor.metadata, lambda difference: log("warning", difference))
    return BatchRowHandler(predictor) if settings.batch else RowHandler(predictor)
