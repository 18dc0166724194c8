"""The search as a training job."""

import json
import os

from jobs.artifact import write_artifact
from jobs.data.channels import read_channels
from jobs.data.learning_data import load_tables
from jobs.documents import read_document
from jobs.ending import StopRequest, run_job
from jobs.hyperparameters import parse_hyperparameters
from jobs.paths import SageMakerPaths
from jobs.results import scored, write_results
from tabular.artifact import MODEL_FILE
from tabular.automl.hyperparameters import SearchHyperparameters, search_mistakes
from tabular.automl.measure import Measure


def run_search() -> int:
    """Search once and return the exit code: 0, or 1 with the reason in `output/failure`.

    SIGTERM ends the search after the candidate in hand, and keeps the best so far.
    """
    # Threads that wait must not spin: on a machine that others use too, they take each other's time.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    paths = SageMakerPaths.from_environment()
    stop = StopRequest()
    return run_job(lambda: _search(paths, stop), paths.failure)


def _search(paths: SageMakerPaths, stop: StopRequest) -> None:
    channels = read_channels(paths)
    given = read_document(paths.training_configuration / "hyperparameters.json")
    hyperparameters = parse_hyperparameters(
        SearchHyperparameters, given, lambda values: search_mistakes(values, channels)
    )
    train, held_out, target = load_tables(channels, hyperparameters)
    measure = Measure.named(hyperparameters.metric, target)
    # The libraries take longer to import than mistakes take to be found.
    from tabular.automl.budget import Budget
    from tabular.automl.reports.explanation import explained
    from tabular.automl.reports.leaderboard import leaderboard_csv, leaderboard_json
    from tabular.automl.reports.notebook import notebook
    from tabular.automl.reports.page import Findings, page
    from tabular.automl.search import LEARNERS, Search
    from tabular.boosting import predictions

    budget = Budget(hyperparameters.max_runtime_seconds, stop)
    search = Search(train, target, measure, hyperparameters.seed, budget, hyperparameters.max_candidates)
    candidates = search.run()
    best = candidates[0]
    seconds = budget.elapsed
    if stop.received:
        print(f"stopped by SIGTERM after {len(candidates)} candidates", flush=True)
    model = search.refitted(best).model
    write_artifact(
        paths.model,
        MODEL_FILE,
        model.model_to_string().encode(),
        feature_names=train.feature_names,
        label=train.label,
        target=target,
        hyperparameters={**vars(hyperparameters), "learner": best.learner, **best.parameters},
    )
    answers = predictions(model, held_out.features)
    metrics = scored("train", predictions(model, train.features), train, target)
    metrics |= scored("validation", answers, held_out, target)
    counts = {"candidates": len(candidates), "rounds": best.rounds}
    write_results(paths.output_data, metrics, train=train, held_out=held_out, counts=counts)
    print(f"winner {best.name}: {measure.name} {best.score:.6f}\nsearch:{measure.name}={best.score:.6f}", flush=True)
    explanation = explained(
        model,
        held_out,
        target,
        measure,
        explains_itself=LEARNERS[best.learner].explains_itself,
        seed=hyperparameters.seed,
    )
    reached = measure.of(answers, target.truth(held_out.labels))
    findings = Findings(
        candidates, measure, target, held_out, answers, metrics, explanation, seconds, len(train.labels)
    )
    for name, text in {
        "leaderboard.json": leaderboard_json(candidates, measure, target),
        "leaderboard.csv": leaderboard_csv(candidates, measure),
        "explainability.json": json.dumps(explanation.report(measure), indent=2) + "\n",
        "report.html": page(findings),
        "winner.ipynb": notebook(best, target, measure, hyperparameters, sorted(channels), reached),
    }.items():
        (paths.output_data / name).write_text(text)
