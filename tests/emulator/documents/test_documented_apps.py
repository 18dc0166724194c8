"""What a reader copies from the README, the pages and the examples is deployed, and its endpoints are invoked.

The library is the installed wheel, in a folder that is empty at first. What a page takes for granted, such as a
bucket with a model, is there before.
"""

import copy
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import PROJECT, RunningEmulator, start
from harness.aws_clients import ROLE, Clients, clients_of, wait_for
from harness.documents import DOMAINS, Block, blocks
from harness.installed_wheel import build_wheel, install_wheel, write_starter
from harness.pipeline_definitions import Factory

RECORD = json.dumps({"instances": [{"mean radius": 13.54}]}), "application/json"
"""For ``models/named-fields``, a model that needs no training: it turns named fields into a row."""
SUMMED = "1,2\n", "text/csv"
ROW = "3,4", "text/csv"
"""For the model that the pages find in their bucket."""
README = PROJECT / "README.md"
NAMED = ("containers", "examples", "models")
"""Folders of the project that the pages name."""
TUMOUR = ",".join(["1"] * 30), "text/csv"
EXAMPLES = {
    "real_time_endpoint": (ROW, r"[01],0\.\d+"),
    "training_to_serving": (TUMOUR, r"(malignant|benign),[01]\.\d+"),
    "watched_endpoint": (ROW, r"[01],0\.\d+"),
}
"""What the endpoint of each example is asked, and how its answer begins."""
NOTEBOOK = "notebook_to_production"
"""An example without an endpoint: a pipeline."""

DATA, RESULTS, ARTIFACTS = "example-sagemaker-data", "example-sagemaker-results", "example-sagemaker-artifacts"
REFUSED = {
    "EmrServerlessApplication(": "tests/emulator/services/test_unrun.py::test_applications_of_emr_are_refused",
    "LabelStudioServer(": "tests/emulator/services/test_unrun.py::test_ecs_tasks_are_refused",
}
"""What the embedded AWS refuses to run, so that blocks with it are left out, and the test that shows it."""
WRITTEN = [
    block
    for page in (*DOMAINS, *sorted((PROJECT / "docs").glob("*.md")))
    if page.parent.name not in ("cost", "plan")
    for block in blocks(page, "python")
]
# A block with an app of its own is of several stacks, which another test deploys.
BLOCKS = [block for block in WRITTEN if not any(name in block.body for name in (*REFUSED, "App()"))]
PAGES_APP = """
import json, pathlib
import aws_cdk as cdk

app = cdk.App()
environment = cdk.Environment(account="123456789012", region="us-east-1")
for name, body in json.loads(pathlib.Path("blocks.json").read_text()).items():
    exec(compile(body, name, "exec"), {"self": cdk.Stack(app, name, env=environment), "__name__": name})
app.synth()
"""


def _stack(block: Block) -> str:
    """The name of the stack that has what ``block`` defines."""
    return f"{block.page.parent.name}-{block.page.stem}-{block.line}"


class Reader:
    """Somebody with the wheel, an empty folder and the command line of the CDK."""

    def __init__(self, folder: Path, library: Path, emulator: RunningEmulator) -> None:
        self.folder = folder
        self.client: Clients = clients_of(emulator)
        self._repositories = emulator.state / "git"
        self._environment = {
            **emulator.environment(os.environ),
            "PYTHONPATH": str(library),
            "CDK_VALIDATION": "false",
        }

    def within(self, folder: Path) -> "Reader":
        """The same in another folder."""
        other = copy.copy(self)
        other.folder = folder
        return other

    def cdk(self, *arguments: str) -> None:
        """Run the command line, which has to succeed."""
        command = [str(PROJECT / "node_modules" / ".bin" / "cdk"), *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    def shell(self, commands: str, **variables: str) -> str:
        """What commands of a page print."""
        environment = {**self._environment, **variables, "no_proxy": "*"}
        return subprocess.run(
            ["sh", "-e", "-c", commands],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout

    def command_line(self, commands: str, *, succeeds: bool = True) -> str:
        """What commands of a page print, with the programs that the project has set up."""
        programs = [PROJECT / "node_modules" / ".bin", Path(sys.executable).parent]
        path = os.pathsep.join([*map(str, programs), self._environment["PATH"]])
        done = subprocess.run(
            ["sh", "-e", "-c", commands],
            cwd=self.folder,
            env={**self._environment, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == succeeds, done.stdout
        return done.stdout

    def deploy(self, app: str) -> Mapping[str, Mapping[str, str]]:
        """Deploy the program ``app``; returns the outputs of its stacks."""
        (self.folder / "app.py").write_text(app)
        options = ("--outputs-file", "out.json", "--app", shlex.join([sys.executable, "app.py"]))
        self.cdk("deploy", "--all", "--require-approval", "never", "--concurrency", "6", *options)
        return json.loads((self.folder / "out.json").read_text())

    def prepare_what_pages_take_for_granted(self, image: str) -> None:
        """Rows to learn from and to score, a model of them, the team's role and its repository."""
        repository = self._repositories / "git.example.com" / "team" / "churn.git"
        subprocess.run(["git", "init", "--quiet", "--bare", str(repository)], check=True)
        rows = [f"{number % 7},{number % 11},{number % 2}" for number in range(200)]
        self.client("iam").create_role(RoleName="data-scientists", AssumeRolePolicyDocument="{}")
        s3, sagemaker = self.client("s3"), self.client("sagemaker")
        s3.put_object(Bucket=DATA, Key="churn/train/rows.csv", Body="\n".join(["calls,months,churned", *rows]))
        s3.put_object(Bucket=DATA, Key="customers/new/rows.csv", Body="customer-1,3,4\n")
        s3.put_object(Bucket=DATA, Key="digits/images/7.png", Body=b"")
        s3.put_object(Bucket=DATA, Key="answers/1.txt", Body=b"42")
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{DATA}/churn/train/"}
        sagemaker.create_training_job(
            TrainingJobName="before",
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
            RoleArn=ROLE,
            InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            OutputDataConfig={"S3OutputPath": f"s3://{DATA}/before"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
            HyperParameters={"label": "churned"},
        )
        artifact = self._object(f"s3://{DATA}/before/before/output/model.tar.gz")
        for bucket in (DATA, ARTIFACTS):
            s3.put_object(Bucket=bucket, Key="churn/model.tar.gz", Body=artifact)

    def resources(self, stack: str, kind: str) -> list[str]:
        """The physical names of the resources of ``stack`` of one type of SageMaker."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        listed = [each for page in pages for each in page["StackResourceSummaries"]]
        found = [each["PhysicalResourceId"] for each in listed if each["ResourceType"] == f"AWS::SageMaker::{kind}"]
        return [name.rpartition("/")[2] for name in found]

    def ask(self, endpoint: str, body: str, content_type: str) -> str:
        """What ``endpoint`` answers, in the way that it is asked."""
        sagemaker: Any = self.client("sagemaker")
        runtime: Any = self.client("sagemaker-runtime")
        request: dict[str, str] = {"EndpointName": endpoint, "ContentType": content_type}
        configuration = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
        if "AsyncInferenceConfig" in sagemaker.describe_endpoint_config(EndpointConfigName=configuration):
            self.client("s3").put_object(Bucket=DATA, Key="asked", Body=body)
            accepted: Any = runtime.invoke_endpoint_async(**request, InputLocation=f"s3://{DATA}/asked")
            return self._object(accepted["OutputLocation"]).decode()
        components = sagemaker.list_inference_components(EndpointNameEquals=endpoint)["InferenceComponents"]
        for component in components:
            request["InferenceComponentName"] = component["InferenceComponentName"]

        def answer() -> str:
            try:
                return runtime.invoke_endpoint(**request, Body=body)["Body"].read().decode()
            except runtime.exceptions.ValidationError as error:
                # A component that sleeps at 0 copies refuses the request that wakes it.
                if "no capacity" not in str(error):
                    raise
                return ""

        return wait_for(answer, bool)

    def archive(self, folder: str) -> dict[str, bytes]:
        """The files of the `output.tar.gz` of a job."""
        content = self._object(f"{folder}/output.tar.gz")
        with tarfile.open(fileobj=io.BytesIO(content)) as opened:
            members = {member.name: opened.extractfile(member) for member in opened if member.isfile()}
            return {name: stream.read() for name, stream in members.items() if stream}

    def _object(self, url: str) -> bytes:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        s3 = self.client("s3")
        wait_for(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=key)["KeyCount"], bool)
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, image_root: Path) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("elsewhere")
    library = tmp_path_factory.mktemp("library")
    install_wheel(build_wheel(tmp_path_factory.mktemp("dist")), library)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMULATOR_IMAGE_ROOT", str(image_root))
        running = start(tmp_path_factory.mktemp("reader") / "state")
    with running:
        made = Reader(folder, library, running)
        made.cdk("bootstrap", "aws://123456789012/us-east-1")
        for bucket in (DATA, RESULTS, ARTIFACTS):
            made.client("s3").create_bucket(Bucket=bucket)
        yield made


@pytest.fixture(scope="module")
def provided(reader: Reader, tabular_image: str) -> Reader:
    """Somebody who has what pages and examples take for granted."""
    for name in NAMED:
        shutil.copytree(PROJECT / name, reader.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    reader.prepare_what_pages_take_for_granted(tabular_image)
    return reader


def test_the_first_example_is_deployed_from_an_empty_folder_and_answers(reader: Reader, tmp_path: Path) -> None:
    [written] = [block.body for block in blocks(README, "sh") if "model/code" in block.body]
    [block] = blocks(README, "python")
    alone = reader.within(tmp_path)
    alone.shell(written)
    outputs = alone.deploy(block.body)["Hello"]
    [asking] = [block.body for block in blocks(README, "sh") if "--aws-sigv4" in block.body]
    shown = alone.shell(asking, URL=outputs["Url"])
    assert f"gets `{shown}`" in README.read_text()
    answers = [alone.ask(endpoint, *SUMMED) for endpoint in alone.resources("Hello", "Endpoint")]
    assert answers == ["[3.0]", "[3.0]"]


FIRST_STEPS = PROJECT / "docs" / "first-steps.md"
IN_JAPANESE = PROJECT / "docs" / "first-steps.ja.md"
MISTAKE = "ml.c7i.lrage"


def test_the_first_steps_end_with_an_answer_a_refusal_and_a_report(reader: Reader, tmp_path: Path) -> None:
    everything, started, *written, looked, stopped = [block.body for block in blocks(FIRST_STEPS, "sh")]
    assert everything == "make demo\n"
    assert "make emulator" in started
    alone = reader.within(tmp_path)
    [deploying] = [body for body in written if body.startswith("cdk deploy")]
    alone.command_line("\n".join([body for body in written if body != deploying]))
    here = reader.within(tmp_path / "hello")
    printed = here.command_line(deploying)
    assert printed.endswith("\n[3]\n")
    assert "It answers `[3]`." in FIRST_STEPS.read_text()

    app = here.folder / "app.py"
    app.write_text(app.read_text().replace("ml.c7i.large", MISTAKE))
    refused = here.command_line(deploying, succeeds=False)
    [told] = [block.body for block in blocks(FIRST_STEPS, "")]
    assert told.strip() in refused
    app.write_text(app.read_text().replace(MISTAKE, "ml.c7i.large"))

    reported = here.command_line(looked)
    assert re.search(r"rolls +Hello/Live", reported)
    assert "instance-hours of ml.c7i.large" in reported
    assert "0 errors" in reported
    destroyed = here.command_line(stopped.splitlines()[0])
    assert "destroyed" in destroyed


def test_the_first_steps_in_japanese_are_the_same() -> None:
    for language in ("sh", ""):
        assert [block.body for block in blocks(IN_JAPANESE, language)] == [
            block.body for block in blocks(FIRST_STEPS, language)
        ]


def test_a_project_that_copier_writes_is_deployed_and_answers(reader: Reader, tmp_path: Path) -> None:
    project = write_starter(tmp_path / "mine", name="fraud", serving="serverless")
    here = reader.within(project)
    outputs = here.deploy((project / "app.py").read_text())["fraud-dev"]
    assert here.ask(outputs["EndpointName"], *SUMMED) == "[3.0]"


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_deployed_and_answers(provided: Reader, tmp_path: Path, example: str) -> None:
    app = (PROJECT / "examples" / example / "app.py").read_text()
    [outputs] = provided.within(tmp_path).deploy(app).values()
    asked, answered = EXAMPLES[example]
    assert re.match(answered, provided.ask(outputs["EndpointName"], *asked))


def test_every_example_has_a_question() -> None:
    apps = {path.parent.name for path in (PROJECT / "examples").glob("*/app.py")}
    assert apps == {*EXAMPLES, NOTEBOOK}


def test_a_script_and_a_notebook_become_a_pipeline_that_runs(provided: Reader, tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "examples" / NOTEBOOK, tmp_path, dirs_exist_ok=True)
    here = provided.within(tmp_path)
    [outputs] = here.deploy((tmp_path / "app.py").read_text()).values()
    pipelines = Factory(here.client)
    told = pipelines.run(outputs["PipelineName"])
    steps = pipelines.steps(told["PipelineExecutionArn"])
    assert told["PipelineExecutionStatus"] == "Succeeded", steps
    trained, reported = (_job(here, steps[name]) for name in ("Train", "Report"))
    assert trained["AlgorithmSpecification"]["TrainingImage"] == reported["AlgorithmSpecification"]["TrainingImage"]
    [accuracy] = [each["Value"] for each in trained["FinalMetricDataList"]]
    assert accuracy > 0.95
    files = here.archive(f"{reported['OutputDataConfig']['S3OutputPath']}/{reported['TrainingJobName']}/output")
    assert json.loads(files["report.json"])["accuracy"] == pytest.approx(accuracy, abs=1e-4)
    assert f"accuracy={accuracy:.4f}" in files["report-job.ipynb"].decode()

    told = pipelines.run(outputs["PipelineName"], {"MinimumAccuracy": "0.999"})
    steps = pipelines.steps(told["PipelineExecutionArn"])
    assert steps["Train"]["CacheHitResult"]
    assert f"ValueError: accuracy {accuracy:.4f} is below 0.999" in steps["Report"]["FailureReason"]


def _job(reader: Reader, step: dict[str, Any]) -> dict[str, Any]:
    name = step["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    return reader.client("sagemaker").describe_training_job(TrainingJobName=name)


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_says_what_is_not_deployed(name: str) -> None:
    file, _, shown = REFUSED[name].partition("::")
    assert f"def {shown}(" in (PROJECT / file).read_text()
    left_out = [block for block in WRITTEN if name in block.body]
    assert left_out
    for block in left_out:
        assert "this example is synthesized by the tests and deployed nowhere" in block.page.read_text()


def test_every_example_of_a_page_is_deployed_and_its_endpoints_answer(provided: Reader) -> None:
    (provided.folder / "blocks.json").write_text(json.dumps({_stack(block): block.body for block in BLOCKS}))
    provided.deploy(PAGES_APP)
    asked = {block: provided.resources(_stack(block), "Endpoint") for block in BLOCKS}
    for block, endpoints in asked.items():
        trained = "churn/model.tar.gz" in block.body
        for endpoint in endpoints:
            answer = provided.ask(endpoint, *(ROW if trained else RECORD))
            assert re.match(r"[01],0\.\d+" if trained else "13.54,,", answer), block.place
    assert sum(map(len, asked.values())) >= 6
