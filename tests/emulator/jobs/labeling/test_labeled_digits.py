"""A hundred images of digits: listed, labeled by somebody at the portal, and a channel of a training that is better
for it, through the real `cdk` command line.
"""

import json
import os
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from demo.people.digits import COUNT, digits
from emulator.launcher import PROJECT, RunningEmulator
from harness.aws_clients import Clients, wait_for

APP = Path(__file__).parent / "digits_app" / "app.py"


def _cdk(emulator: RunningEmulator, folder: Path, *arguments: str) -> None:
    app = [] if arguments[0] == "bootstrap" else ["--app", f"exec {shlex.join([sys.executable, str(APP)])}"]
    done = subprocess.run(
        [str(PROJECT / "node_modules" / ".bin" / "cdk"), *arguments, *app],
        cwd=folder,
        env={**emulator.environment(os.environ), "CDK_VALIDATION": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _portal(emulator: RunningEmulator, host: str, path: str, body: Any = None) -> Any:
    sent = None if body is None else json.dumps(body).encode()
    headers = {"Host": host, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{emulator.address}{path}", sent, headers)) as answer:
        return json.load(answer)


def test_labels_of_people_are_what_a_training_learns_from(
    emulator: RunningEmulator, client: Clients, tmp_path: Path
) -> None:
    images, truth = digits()

    def deploy(stack: str) -> dict[str, str]:
        _cdk(emulator, tmp_path, "deploy", stack, "--exclusively", "--require-approval", "never")
        found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
        return {each["OutputKey"]: each["OutputValue"] for each in found}

    _cdk(emulator, tmp_path, "bootstrap", "aws://123456789012/us-east-1")
    bucket = deploy("digits-data")["Bucket"]
    for number, image in enumerate(images):
        client("s3").put_object(Bucket=bucket, Key=f"digits/images/{number:03}.png", Body=image)

    host = deploy("digits-labels")["Portal"]
    tasks: list[dict[str, Any]] = wait_for(
        lambda: _portal(emulator, host, "/portal/tasks")["tasks"], lambda found: len(found) == COUNT
    )
    for task in tasks:
        number = int(Path(task["input"]["taskObject"]).stem)
        answer = {"worker": "ann", "answer": {"crowd-image-classifier": {"label": str(truth[number])}}}
        _portal(emulator, host, f"/portal/tasks/{task['id']}", answer)

    def parameter(name: str) -> str:
        return client("ssm").get_parameter(Name=f"/digits/labels/{name}")["Parameter"]["Value"]

    status = wait_for(lambda: json.loads(parameter("status")), lambda told: told.get("status") == "Completed")
    assert parameter("JobName") == status["job"]
    assert parameter("ManifestUrl").endswith(f"/digits/labels/{status['job']}/manifests/output/output.manifest")

    job = client("sagemaker").describe_training_job(TrainingJobName=deploy("digits-training")["Job"])
    metrics = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert metrics["few"] < metrics["all"]
    assert metrics["all"] > 0.8
