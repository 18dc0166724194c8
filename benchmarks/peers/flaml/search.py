"""FLAML over the rows of a folder, as its guide shows; prints its test score as JSON."""

import json
import sys
import time
from pathlib import Path

import numpy
from flaml import AutoML
from sklearn.metrics import r2_score, roc_auc_score

folder, objective, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
train, test = (
    numpy.loadtxt(folder / part / "rows.csv", delimiter=",", skiprows=1, ndmin=2) for part in ("train", "test")
)
metric = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "r2"}[objective]
search = AutoML()
search.fit(
    train[:, 1:],
    train[:, 0] if objective == "regression" else train[:, 0].astype(int),
    task="regression" if objective == "regression" else "classification",
    metric=metric,
    time_budget=seconds,
    n_jobs=1,
    seed=42,
    verbose=0,
)
truth = test[:, 0]
if objective == "regression":
    score = r2_score(truth, search.predict(test[:, 1:]))
else:
    found = search.predict_proba(test[:, 1:])
    score = roc_auc_score(truth, found[:, 1] if objective == "binary" else found, multi_class="ovr")
print(json.dumps({"score": float(score), "winner": search.best_estimator, "cpu": time.process_time()}))
