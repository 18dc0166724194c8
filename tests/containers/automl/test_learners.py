"""Models that other libraries have made, in LightGBM's text format: the same answers as from the library itself."""

import json
import subprocess
from pathlib import Path

import pytest

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment

PROGRAM = """
import json, sys
import numpy
from jobs.data.target import Target
from jobs.ending import StopRequest
from tabular.automl.budget import Budget
from tabular.automl.learners.learner import Lesson, Rows
from tabular.automl.search import LEARNERS
from tabular.boosting import predictions

objective, learner = sys.argv[1], LEARNERS[sys.argv[2]]
source = numpy.random.default_rng(3)
features = source.normal(size=(400, 5)).astype(numpy.float32).astype(float)
features[source.random((400, 5)) < 0.1] = numpy.nan
sums = numpy.nan_to_num(features) @ [2, -1, 1, 0.5, 0] + source.normal(size=400)
labels = {
    "binary": (sums > 0).astype(int),
    "multiclass": numpy.digitize(sums, [-1, 1]),
    "regression": sums,
}[objective].astype(str)
target = Target.of(labels, objective)
truth = target.truth(labels)
lesson = Lesson(Rows(features, truth), target, list("abcde"), 5, Budget(600, StopRequest()), None, 30)
model = learner.learn(lesson, learner.defaults[0]).model
space = {"features": features, "truth": truth}
exec(learner.program(target, learner.defaults[0], 5, 30), space)
asked = source.normal(size=(200, 5)).astype(numpy.float32).astype(float)
asked[source.random((200, 5)) < 0.2] = numpy.nan
ours, theirs = predictions(model, asked), space["predict"](asked)
apart = float(numpy.abs(ours - theirs).max())
shown = {"shape": [ours.shape, theirs.shape], "apart": apart, "spread": float(ours.std())}
if learner.explains_itself:
    shares = model.predict(asked, pred_contrib=True).reshape(200, -1, 6).sum(axis=2)
    raw = model.predict(asked, raw_score=True).reshape(200, -1)
    shown["unexplained"] = float(numpy.abs(shares - raw).max())
print(json.dumps(shown))
"""


@pytest.mark.parametrize("objective", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("learner", ["boosted", "linear", "forest", "extra_trees"])
def test_answers_are_the_librarys(image: LocalImage, tmp_path: Path, learner: str, objective: str) -> None:
    program = tmp_path / "compare.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [image.python, program, objective, learner],
        env=process_environment(image, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    outputs = 3 if objective == "multiclass" else 1
    assert shown["shape"] == [[200, outputs]] * 2
    assert shown["apart"] < 1e-6
    assert shown["spread"] > 0.1
    # The shares of the features, added up, are the answer.
    assert shown.get("unexplained", 0) < 1e-6
