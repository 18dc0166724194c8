"""Learns which tumours are malignant; the model is text, so that whoever loads it runs no code of ours."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

parser = argparse.ArgumentParser()
parser.add_argument("--regularization", type=float, default=1.0)
given = parser.parse_args()

tumours: Any = load_breast_cancer()
malignant = 1 - tumours.target
learnt, held_out, truth, held_out_truth = train_test_split(tumours.data, malignant, test_size=0.25, random_state=0)
scaler: Any = StandardScaler()
model: Any = LogisticRegression(C=1 / given.regularization, max_iter=1000)
learner = make_pipeline(scaler, model).fit(learnt, truth)
print(f"accuracy={learner.score(held_out, held_out_truth):.4f}")

described = {
    "features": [str(name) for name in tumours.feature_names],
    "mean": scaler.mean_.tolist(),
    "scale": scaler.scale_.tolist(),
    "weights": model.coef_[0].tolist(),
    "intercept": model.intercept_[0],
}
folder = Path(os.environ.get("SM_MODEL_DIR", "."))
(folder / "model.json").write_text(json.dumps(described))
