"""The model that every peer serves: rows in, the probability of the second class out."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def load_scorer() -> Callable[[Any], Any]:
    """Load what `MODEL` names: LightGBM's text, or a pickled scikit-learn pipeline as these servers' guides do."""
    path = Path(os.environ["MODEL"])
    if path.suffix == ".txt":
        import lightgbm

        booster = lightgbm.Booster(model_file=path)
        return lambda rows: booster.predict(rows, num_threads=1)
    import joblib

    pipeline = joblib.load(path)
    return lambda rows: pipeline.predict_proba(rows)[:, 1]
