"""Train the models that are served. Runs in the environment of containers/tabular.

Both are of the data set that ships with scikit-learn: a scaled logistic regression, pickled as the peers load it and
folded into one vector of weights as ours does, and LightGBM's trees as `tabular train` writes them.
"""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy

# These packages have no complete types.
joblib: Any = import_module("joblib")
lightgbm: Any = import_module("lightgbm")
datasets: Any = import_module("sklearn.datasets")
linear_model: Any = import_module("sklearn.linear_model")
pipeline: Any = import_module("sklearn.pipeline")
preprocessing: Any = import_module("sklearn.preprocessing")

ROWS = 1000


def main(folder: Path) -> None:
    """Write `linear/` and `lightgbm/`, and `rows.json` with the rows and their scores by both models."""
    features, truth = datasets.load_breast_cancer(return_X_y=True)
    scaler, regression = preprocessing.StandardScaler(), linear_model.LogisticRegression(max_iter=1000)
    fitted = pipeline.make_pipeline(scaler, regression).fit(features, truth)
    linear = folder / "linear"
    linear.mkdir(parents=True)
    joblib.dump(fitted, linear / "model.joblib")
    # It loads, and has no way to answer.
    joblib.dump({}, folder / "failing.joblib")
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - weights @ scaler.mean_)
    (linear / "model.json").write_text(json.dumps({"weights": weights.tolist(), "intercept": intercept}))

    base = folder / "lightgbm"
    (base / "input" / "config").mkdir(parents=True)
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps({"dataset": "breast-cancer"}))
    command = [sys.executable, "-m", "tabular", "train"]
    subprocess.run(command, env={**os.environ, "SAGEMAKER_BASE_DIR": str(base)}, check=True, stdout=sys.stderr)
    trees = lightgbm.Booster(model_file=base / "model" / "model.txt")

    rows = features[numpy.arange(ROWS) % len(features)]
    scores = {"linear": fitted.predict_proba(rows)[:, 1].tolist(), "lightgbm": trees.predict(rows).tolist()}
    (folder / "rows.json").write_text(json.dumps({"rows": rows.tolist(), "scores": scores}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
