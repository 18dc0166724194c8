"""A push travels to production through tests, change report and approval, and what is bad is taken back."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from emulator.launcher import PROJECT, RunningEmulator, start
from harness.aws_clients import ACCOUNT, Clients, clients_of, wait_for
from harness.containers.echo_image import build_echo
from harness.delivery.pushed_repository import PushedRepository
from harness.published_stack import deploy, update
from sagemaker_constructs.delivery import (
    ConnectedRepository,
    Continuous,
    DeliveryEnvironment,
    DeliveryPipeline,
    DeliverySteps,
)

pytestmark = pytest.mark.whole

ALARM = "churn-prod-errors"
APP = """
import json
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.models import Model
from sagemaker_constructs.serving import AllAtOnceRollout, InstanceRange, RealTimeEndpoint

settings = json.loads(Path("settings.json").read_text())
app = cdk.App()
for name in ("staging", "prod"):
    env = cdk.Environment(account=settings["account"], region="us-east-1")
    stack = cdk.Stack(cdk.Stage(app, name, env=env), "serving", stack_name=f"churn-{name}")
    model = Model(stack, "Model", image=ModelImage.from_uri(settings["image"]), environment={"MARK": settings[name]})
    RealTimeEndpoint(
        stack, "Endpoint", model=model, instance_type="ml.c7i.large", instances=InstanceRange(1, 1),
        rollout=AllAtOnceRollout(bake=cdk.Duration.minutes(3)),
    )
    cloudwatch.CfnAlarm(
        stack, "Errors", alarm_name=f"churn-{name}-errors", namespace="Churn", metric_name="Errors", statistic="Sum",
        period=60, evaluation_periods=1, threshold=1, comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
    )
app.synth()
"""
TEST = "import json\n\n\ndef test_settings():\n    assert json.load(open('settings.json'))['prod']\n"
REQUESTS = {"*/serving/Endpoint": {"body": "hello", "answers": '"mark": "good', "within_ms": 60_000}}
PATHS = os.pathsep.join([str(Path(sys.executable).parent), str(PROJECT / "node_modules" / ".bin")])
PLAIN = DeliverySteps()
STEPS = dataclasses.replace(
    PLAIN,
    # Programs of this computer, where a build of CodeBuild would install those that the app locks.
    install=[f'export PATH="{PATHS}:$PATH" PYTHONPATH="{PROJECT / "constructs"}"'],
    test=["python -m pytest -q -p no:cacheprovider test_settings.py"],
    synth=[each.removeprefix("npx ") for each in PLAIN.synth],
    deploy=[each.removeprefix("npx ") for each in PLAIN.deploy],
    security=[each.replace("--level prod", "--level dev") for each in PLAIN.security],
)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory, image_root: Path) -> Iterator[RunningEmulator]:
    """One of its own: what runs beside it takes the time of builds."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMULATOR_IMAGE_ROOT", str(image_root))
        running = start(tmp_path_factory.mktemp("emulator") / "state")
    with running:
        yield running


class Way:
    """The pipeline, what is pushed to it, and what production answers."""

    def __init__(self, emulator: RunningEmulator, image: str, folder: Path) -> None:
        self.client: Clients = clients_of(emulator)
        self._codepipeline = self.client("codepipeline")
        self._folder = folder
        self.repository = PushedRepository(emulator.state, "octo-org/churn", folder / "copy")
        self._settings = {"account": ACCOUNT, "image": image}
        self.push(staging="good 1", prod="good 1")
        self.stack = deploy(
            self.client, "delivery", self._pipeline(Continuous.DELIVERY), context={}, outdir=folder / "1"
        )
        [self.name] = [each["name"] for each in self._codepipeline.list_pipelines()["pipelines"]]

    def turn(self, continuous: Continuous) -> None:
        """The one switch."""
        assert (
            update(self.client, self.stack, self._pipeline(continuous), outdir=self._folder / "2")
            == "UPDATE_COMPLETE"
        )

    def push(self, **marks: str) -> None:
        """Push an app whose endpoints answer with these marks."""
        files = {
            "app.py": APP,
            "cdk.json": json.dumps({"app": "python app.py"}),
            "settings.json": json.dumps({**self._settings, **marks}),
            "smoke.json": json.dumps(REQUESTS),
            "test_settings.py": TEST,
        }
        self.repository.push(files, f"Marks {marks}")

    def executions(self) -> list[dict[str, Any]]:
        """The newest first."""
        return self._codepipeline.list_pipeline_executions(pipelineName=self.name)["pipelineExecutionSummaries"]

    def ended(self, count: int) -> dict[str, Any]:
        """The last one of so many executions, once all have ended."""
        found = wait_for(
            self.executions,
            lambda all_: len(all_) >= count and all(each["status"] != "InProgress" for each in all_),
            240,
        )
        assert len(found) == count, found
        return found[0]

    def state(self, stage: str) -> dict[str, Any]:
        """Of a stage."""
        states: list[dict[str, Any]] = self._codepipeline.get_pipeline_state(name=self.name)["stageStates"]
        nothing: dict[str, Any] = {}
        return next((each for each in states if each["stageName"] == stage), nothing)

    def asked(self) -> dict[str, Any]:
        """What a person is asked, once somebody is."""

        def action() -> dict[str, Any]:
            failed = [each["statusSummary"] for each in self.executions() if each["status"] == "Failed"]
            assert not failed, failed
            return self.state("Approval")["actionStates"][0].get("latestExecution", {})

        return wait_for(action, lambda found: "token" in found, 240)

    def approve(self, token: str) -> None:
        self._codepipeline.put_approval_result(
            pipelineName=self.name,
            stageName="Approval",
            actionName="Approval",
            result={"summary": "looks good", "status": "Approved"},
            token=token,
        )

    def served(self, environment: str) -> str:
        """The mark that an environment answers with; nothing where there is none."""
        cloudformation = self.client("cloudformation")
        names = {each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]}
        if f"churn-{environment}" not in names:
            return ""
        resources = cloudformation.describe_stack_resources(StackName=f"churn-{environment}")["StackResources"]
        [endpoint] = [each for each in resources if each["ResourceType"] == "AWS::SageMaker::Endpoint"]
        answered = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint["PhysicalResourceId"].rpartition("/")[2], Body=b"hello"
        )
        return str(json.loads(answered["Body"].read())["mark"])

    def _pipeline(self, continuous: Continuous) -> Any:
        def build(stack: cdk.Stack) -> None:
            prod = DeliveryEnvironment("prod", stacks=["churn-prod"], alarms=[ALARM], watch_minutes=2)
            DeliveryPipeline(
                stack,
                "Delivery",
                repository=ConnectedRepository("octo-org/churn"),
                environments=[DeliveryEnvironment("staging", stacks=["churn-staging"]), prod],
                continuous=continuous,
                steps=STEPS,
            )

        return build


@pytest.fixture(scope="module")
def way(emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> Way:
    folder = tmp_path_factory.mktemp("way")
    image = build_echo(emulator.images, folder)
    done = subprocess.run(
        [PROJECT / "node_modules" / ".bin" / "cdk", "bootstrap", f"aws://{ACCOUNT}/us-east-1"],
        cwd=folder,
        env=emulator.environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Way(emulator, image, folder)


def test_a_push_travels_to_production(way: Way) -> None:
    """In order, as each state follows from the one before."""
    # Continuous delivery: tests, report and staging, and then a person.
    asked = way.asked()
    assert (way.served("staging"), way.served("prod")) == ("good 1", "")
    assert asked["summary"].startswith("Deploy to prod? 13 to create. Commit ")
    way.approve(asked["token"])
    assert way.ended(1)["status"] == "Succeeded", way.executions()
    assert way.served("prod") == "good 1"

    # Continuous deployment: the next push travels alone.
    way.turn(Continuous.DEPLOYMENT)
    assert not way.state("Approval")
    way.push(staging="good 2", prod="good 2")
    assert way.ended(2)["status"] == "Succeeded", way.executions()
    assert (way.served("staging"), way.served("prod")) == ("good 2", "good 2")

    # The smoke test fails in production alone, which returns to what was there.
    way.push(staging="good 3", prod="bad 3")
    back = way.ended(4)
    failed = way.executions()[1]
    assert failed["status"] == "Failed"
    assert failed["statusSummary"].startswith("SmokeTest: Build terminated with state: FAILED")
    assert (back["status"], back["executionType"]) == ("Succeeded", "ROLLBACK")
    assert (way.served("staging"), way.served("prod")) == ("good 3", "good 2")

    # The smoke test passes, and then an alarm goes off.
    way.push(staging="good 3", prod="good 4")
    wait_for(
        lambda: way.state("Deploy-prod").get("onSuccessConditionState", {}).get("latestExecution", {}).get("status"),
        lambda status: status == "InProgress",
        240,
    )
    assert way.served("prod") == "good 4"
    way.client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="errors of users")
    back = way.ended(6)
    failed = way.executions()[1]
    assert failed["statusSummary"].startswith(f"onSuccess of Deploy-prod: Alarm {ALARM} is in the state ALARM.")
    assert (back["status"], back["executionType"]) == ("Succeeded", "ROLLBACK")
    assert way.served("prod") == "good 2"

    # What was said of each change is kept beside it.
    storage = way.client("s3")
    [bucket] = [each["Name"] for each in storage.list_buckets()["Buckets"] if "artifacts" in each["Name"]]
    keys = [each["Key"] for each in storage.list_objects_v2(Bucket=bucket)["Contents"]]
    assert {key.split("/")[1] for key in keys} == {"Source", "Assembly", "Report", "Findings"}
