"""A real MLflow behind the ARN: what a training leaves there is read by MLflow's own client."""

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import ROLE, Clients, wait_for

BUCKET = "tracked"
PYTHON = PROJECT / ".venv-mlflow" / "bin" / "python"
READ = """
import json, sys
import mlflow
client = mlflow.MlflowClient()
[run] = client.search_runs([client.get_experiment_by_name(sys.argv[1]).experiment_id])
steps = lambda name: [each.step for each in client.get_metric_history(run.info.run_id, name)]
history = {name: steps(name) for name in run.data.metrics}
files = [each.path for each in client.list_artifacts(run.info.run_id)]
model = json.loads(open(client.download_artifacts(run.info.run_id, "model.json", sys.argv[2])).read())
print(json.dumps({
    "name": run.info.run_name, "status": run.info.status, "params": run.data.params, "metrics": run.data.metrics,
    "history": history, "tags": run.data.tags, "files": files, "model": model,
    "data": [each.dataset.digest for each in run.inputs.dataset_inputs],
}))
"""


@pytest.fixture(scope="module", autouse=True)
def _set_up() -> None:
    # `make test` sets it up beside the first tests.
    wait_for(lambda: [*PYTHON.parents[1].glob(".provisioned-*")], bool, seconds=900)


def _by_client(emulator: RunningEmulator, arn: str, folder: Path, experiment: str) -> dict[str, Any]:
    """The one run of an experiment, as MLflow's client with AWS's plug-in reads it by the ARN."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": emulator.address,
        "MLFLOW_TRACKING_URI": arn,
        "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": emulator.address,
        "DO_NOT_TRACK": "true",
    }
    done = subprocess.run(
        [PYTHON, "-c", READ, experiment, folder], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _train(sagemaker: Any, image: str, arn: str, name: str) -> dict[str, Any]:
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        HyperParameters={"dataset": "breast-cancer", "num_iterations": "10"},
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        Environment={"MLFLOW_TRACKING_URI": arn, "MLFLOW_EXPERIMENT_NAME": "churn"},
    )
    return wait_for(
        lambda: sagemaker.describe_training_job(TrainingJobName=name),
        lambda described: described["TrainingJobStatus"] not in ("InProgress", "Stopping"),
        seconds=300,
    )


def _template(name: str) -> str:
    properties = {"ArtifactStoreUri": f"s3://{BUCKET}/mlflow", "RoleArn": ROLE}
    resources = {
        "App": {"Type": "AWS::SageMaker::MlflowApp", "Properties": {**properties, "Name": name}},
        "Server": {
            "Type": "AWS::SageMaker::MlflowTrackingServer",
            "Properties": {**properties, "TrackingServerName": name},
        },
    }
    outputs = {
        "App": {"Value": {"Ref": "App"}},
        "Server": {"Value": {"Fn::GetAtt": ["Server", "TrackingServerArn"]}},
    }
    return json.dumps({"Resources": resources, "Outputs": outputs})


def test_a_training_leaves_its_run_in_the_app_of_a_stack(
    sagemaker: Any, client: Clients, emulator: RunningEmulator, tabular_image: str, tmp_path: Path
) -> None:
    client("s3").create_bucket(Bucket=BUCKET)
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName="tracking", TemplateBody=_template("runs"))
    [stack] = wait_for(
        lambda: cloudformation.describe_stacks(StackName="tracking")["Stacks"],
        lambda stacks: not stacks[0]["StackStatus"].endswith("IN_PROGRESS"),
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    made = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert ":mlflow-app/app-" in made["App"]
    assert made["Server"].endswith(":mlflow-tracking-server/runs")
    assert [each["Arn"] for each in sagemaker.list_mlflow_apps()["Summaries"]] == [made["App"]]

    job = _train(sagemaker, tabular_image, made["App"], "tracked")
    assert job["TrainingJobStatus"] == "Completed", job
    run = _by_client(emulator, made["App"], tmp_path, "churn")
    assert (run["name"], run["status"]) == ("tracked", "FINISHED")
    assert run["params"]["num_iterations"] == "10"
    assert run["history"]["validation/binary_logloss"] == list(range(1, 11))
    assert run["metrics"]["validation/auc"] > 0.9
    assert run["tags"]["lock.sha256"] == run["model"]["lock_digest"]
    assert len(run["data"]) == 2
    assert {"metrics.json", "model.json", "model.txt"} <= set(run["files"])

    page = sagemaker.create_presigned_mlflow_app_url(Arn=made["App"])["AuthorizedUrl"]
    assert page.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(page, timeout=900) as answer:
        assert "MLflow" in answer.read().decode()

    cloudformation.delete_stack(StackName="tracking")
    wait_for(lambda: sagemaker.list_mlflow_apps()["Summaries"], lambda found: not found)
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.create_presigned_mlflow_app_url(Arn=made["App"])


def test_a_stopped_server_answers_when_it_is_started(sagemaker: Any) -> None:
    sagemaker.create_mlflow_tracking_server(
        TrackingServerName="nightly", ArtifactStoreUri=f"s3://{BUCKET}/nightly", RoleArn=ROLE
    )
    sagemaker.stop_mlflow_tracking_server(TrackingServerName="nightly")
    described = sagemaker.describe_mlflow_tracking_server(TrackingServerName="nightly")
    assert described["TrackingServerStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is stopped"):
        sagemaker.create_presigned_mlflow_tracking_server_url(TrackingServerName="nightly")
    sagemaker.start_mlflow_tracking_server(TrackingServerName="nightly")
    opened = sagemaker.create_presigned_mlflow_tracking_server_url(TrackingServerName="nightly")
    with urllib.request.urlopen(f"{opened['AuthorizedUrl']}health", timeout=900) as answer:
        assert answer.status == 200
    sagemaker.delete_mlflow_tracking_server(TrackingServerName="nightly")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{opened['AuthorizedUrl']}health", timeout=5)
