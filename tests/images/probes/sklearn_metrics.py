"""Prints scikit-learn's metrics of a model: `MODEL_FOLDER ROWS`."""

import json
import sys
from pathlib import Path

import numpy
from sklearn import metrics

from tabular.predictor import Predictor

model = Predictor.load(Path(sys.argv[1]))
rows = [line.split(",") for line in Path(sys.argv[2]).read_text().splitlines()[1:]]
truth = numpy.array([model.classes.index(row[0]) for row in rows])
scores = model.predict(numpy.array([[float(cell) for cell in row[1:]] for row in rows]))[:, 0]
guessed = scores >= 0.5
print(
    json.dumps(
        {
            "accuracy": metrics.accuracy_score(truth, guessed),
            "recall": metrics.recall_score(truth, guessed),
            "precision": metrics.precision_score(truth, guessed),
            "auc": metrics.roc_auc_score(truth, scores),
            "f0_5": metrics.fbeta_score(truth, guessed, beta=0.5),
            "f2": metrics.fbeta_score(truth, guessed, beta=2),
            "confusion": metrics.confusion_matrix(truth, guessed).tolist(),
        }
    )
)
