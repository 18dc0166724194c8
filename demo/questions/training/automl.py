"""The search for a model: what was tried, what won, and the version that waits for approval."""

import io
import json
import tarfile
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.executions import cancer_rows, run, steps_of
from demo.failure import DemoFailure


def ask_for_a_model(deployed: Deployment) -> Answered:
    """Rows in, and out comes a version of the best of all candidates."""
    name = deployed.outputs["AutomlPipelineName"]
    key = f"{deployed.outputs['AutomlRowsPrefix']}/rows.csv"
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key=key, Body=cancer_rows())
    steps = steps_of(deployed, run(deployed, name))
    if "Register" not in steps:
        reasons = "; ".join(f"{each['StepName']}: {each.get('FailureReason')}" for each in steps.values())
        raise DemoFailure(f"the search registered nothing: {reasons}")
    version = steps["Register"]["Metadata"]["RegisterModel"]["Arn"].rsplit("/", 1)[1]
    job = steps["Search"]["Metadata"]["TrainingJob"]["Arn"].rsplit("/", 1)[1]
    board = _leaderboard(deployed, job)
    best, *_, worst = board["candidates"]
    return Answered(
        kind="automl",
        endpoint=name,
        asked=f"{len(board['candidates'])} candidates on 569 rows",
        answered=f"{board['metric']} from {_told(worst)} to {_told(best)}; version {version} waits for approval",
    )


def _told(candidate: Any) -> str:
    return f"{candidate['score']:.4f} ({candidate['learner'].replace('_', ' ')})"


def _leaderboard(deployed: Deployment, job: str) -> Any:
    described = deployed.client("sagemaker").describe_training_job(TrainingJobName=job)
    outputs = described["ModelArtifacts"]["S3ModelArtifacts"].replace("model.tar.gz", "output.tar.gz")
    bucket, _, key = outputs.removeprefix("s3://").partition("/")
    archive = deployed.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        [found] = [each for each in files.getmembers() if each.name.endswith("leaderboard.json")]
        content = files.extractfile(found)
        assert content is not None
        return json.load(content)


QUESTIONS = (Question("search for a model", "automl", ask_for_a_model, needs="AutomlPipelineName", last=True),)
