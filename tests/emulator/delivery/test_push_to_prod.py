"""A push travels to production through tests, change report and approval, and what is bad is taken back."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml

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
from sagemaker_constructs.delivery.workflows.github import github_workflow
from sagemaker_constructs.delivery.workflows.gitlab import gitlab_workflow
from sagemaker_constructs.delivery.workflows.way import Way as WorkflowWay

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
    stack = cdk.Stack(cdk.Stage(app, name, env=env), "serving", stack_name=f"{settings['name']}-{name}")
    model = Model(stack, "Model", image=ModelImage.from_uri(settings["image"]), environment={"MARK": settings[name]})
    RealTimeEndpoint(
        stack, "Endpoint", model=model, instance_type="ml.c7i.large", instances=InstanceRange(1, 1),
        rollout=AllAtOnceRollout(bake=cdk.Duration.minutes(3)),
    )
    cloudwatch.CfnAlarm(
        stack, "Errors", alarm_name=f"{settings['name']}-{name}-errors", namespace="Churn", metric_name="Errors",
        statistic="Sum", period=60, evaluation_periods=1, threshold=1, comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
    )
app.synth()
"""
TEST = "import json\n\n\ndef test_settings():\n    assert json.load(open('settings.json'))['prod']\n"
REQUESTS = {"*/serving/Endpoint": {"body": "hello", "answers": '"mark": "good', "within_ms": 60_000}}
PATHS = os.pathsep.join([str(Path(sys.executable).parent), str(PROJECT / "node_modules" / ".bin")])
PLAIN = DeliverySteps()
GIVEN = {
    "actions/checkout",
    "actions/setup-node",
    "actions/setup-python",
    "aws-actions/configure-aws-credentials",
}
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


def _files(image: str, name: str, **marks: str) -> dict[str, str]:
    """The app, whose endpoints answer with these marks."""
    return {
        "app.py": APP,
        "cdk.json": json.dumps({"app": "python app.py"}),
        "settings.json": json.dumps({"account": ACCOUNT, "image": image, "name": name, **marks}),
        "smoke.json": json.dumps(REQUESTS),
        "test_settings.py": TEST,
    }


def _served(client: Clients, stack: str) -> str:
    """The mark that the endpoint of a stack answers with; nothing where there is no stack."""
    cloudformation = client("cloudformation")
    if stack not in {each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]}:
        return ""
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    [endpoint] = [each for each in resources if each["ResourceType"] == "AWS::SageMaker::Endpoint"]
    name = endpoint["PhysicalResourceId"].rpartition("/")[2]
    answered = client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"hello")
    return str(json.loads(answered["Body"].read())["mark"])


class Way:
    """The pipeline, what is pushed to it, and what production answers."""

    def __init__(self, emulator: RunningEmulator, image: str, folder: Path) -> None:
        self.client: Clients = clients_of(emulator)
        self._codepipeline = self.client("codepipeline")
        self._folder = folder
        self.repository = PushedRepository(emulator.state, "octo-org/churn", folder / "copy")
        self._image = image
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
        self.repository.push(_files(self._image, "churn", **marks), f"Marks {marks}")

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
        return _served(self.client, f"churn-{environment}")

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


class Runner:
    """A machine of GitHub or GitLab, whose `run` blocks are shells, on a working copy of a repository."""

    def __init__(self, emulator: RunningEmulator, repository: PushedRepository) -> None:
        self._repository = repository
        self._environment = {
            **emulator.environment(os.environ),
            "PATH": f"{PATHS}:{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT / "constructs"),
            "GITHUB_STEP_SUMMARY": str(repository.folder.parent / "summary.md"),
        }

    def github(self, job: Mapping[str, Any], *, before: str = "") -> tuple[bool, list[str]]:
        """Run a job: whether it succeeded, and what its steps ran."""
        failed, ran, begun = False, list[str](), set[str]()
        for step in job["steps"]:
            wanted = {
                "": not failed,
                "always()": True,
                "failure() && steps.deploy.conclusion != 'skipped'": failed and "deploy" in begun,
            }
            if not wanted[step.get("if", "")]:
                continue
            begun.add(step.get("id", ""))
            if "run" in step:
                ran.append(step["run"])
                failed = not self._shell(step["run"], job["env"]) or failed
            elif step["uses"].startswith("actions/checkout@") and "ref" in step["with"]:
                assert step["with"]["ref"] == "${{ github.event.before }}"
                self._repository.checkout(before)
            else:
                # Programs, credentials and the files of the push are here.
                assert step["uses"].partition("@")[0] in GIVEN
        return not failed, ran

    def gitlab(self, job: Mapping[str, Any]) -> bool:
        """Run a job; its lines are those of one shell."""
        return self._shell("\n".join(job["script"]), {"DEPLOY_ROLE": "", "PLAN_ROLE": "", **job["variables"]})

    def _shell(self, commands: str, variables: Mapping[str, str]) -> bool:
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", commands]
        # An empty role is none.
        environment = {**self._environment, **variables}
        done = subprocess.run(command, cwd=self._repository.folder, env=environment, check=False)
        return done.returncode == 0


@pytest.fixture(scope="module")
def image(emulator: RunningEmulator, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URI of the app's image, in an account that is bootstrapped."""
    folder = tmp_path_factory.mktemp("bootstrap")
    made = build_echo(emulator.images, folder)
    done = subprocess.run(
        [PROJECT / "node_modules" / ".bin" / "cdk", "bootstrap", f"aws://{ACCOUNT}/us-east-1"],
        cwd=folder,
        env=emulator.environment(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@pytest.fixture(scope="module")
def way(emulator: RunningEmulator, image: str, tmp_path_factory: pytest.TempPathFactory) -> Way:
    return Way(emulator, image, tmp_path_factory.mktemp("way"))


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


def test_the_steps_of_the_workflows_run(emulator: RunningEmulator, image: str, tmp_path: Path) -> None:
    """Those of GitHub deploy, and take back what fails its smoke test; those of GitLab are the same commands."""
    client = clients_of(emulator)
    repository = PushedRepository(emulator.state, "octo-org/worked", tmp_path / "copy")
    steps = WorkflowWay(dataclasses.replace(STEPS, install=[]), ["staging"])
    runner = Runner(emulator, repository)
    jobs: dict[str, Any] = yaml.safe_load(github_workflow(steps))["jobs"]
    first = repository.push(_files(image, "worked", staging="good 1", prod="unused"))
    for name in ("test", "report", "staging"):
        assert runner.github(jobs[name])[0], name
    assert _served(client, "worked-staging") == "good 1"
    assert "13 to create" in (tmp_path / "summary.md").read_text()

    repository.push(_files(image, "worked", staging="bad 2", prod="unused"))
    passed, ran = runner.github(jobs["staging"], before=first)
    assert not passed
    assert len(ran) == 5, "templates, deployment, smoke test; templates and deployment of the revision before"
    assert _served(client, "worked-staging") == "good 1"

    lines: dict[str, Any] = yaml.safe_load(gitlab_workflow(steps))
    assert all(runner.gitlab(lines[name]) for name in ("test", "report", "staging"))
