"""CodeBuild: phases in one shell, artifacts, variables, and what a build cannot do."""

import io
import json
import uuid
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.launcher import RunningEmulator
from harness.aws_clients import ROLE, Clients, wait_for


class Built:
    """Runs a buildspec in a project of its own."""

    def __init__(self, client: Clients) -> None:
        self._client = client
        self.codebuild = client("codebuild")

    def start(self, name: str, spec: dict[str, Any], *, source: dict[str, Any] | None = None, **more: Any) -> str:
        """Start it; the build's identifier."""
        buildspec = json.dumps({"version": "0.2", **spec}, indent=1)
        self.codebuild.create_project(
            name=name,
            source={**(source or {"type": "NO_SOURCE"}), "buildspec": buildspec},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": more.pop("variables", []),
            },
            serviceRole=ROLE,
            **more,
        )
        return self.codebuild.start_build(projectName=name)["build"]["id"]

    def ended(self, identifier: str) -> dict[str, Any]:
        """The build, once it has ended."""
        return wait_for(
            lambda: self.codebuild.batch_get_builds(ids=[identifier])["builds"][0],
            lambda build: build["buildStatus"] != "IN_PROGRESS",
            60,
        )

    def run(self, name: str, spec: dict[str, Any], **more: Any) -> tuple[str, list[str]]:
        """Its status, and the lines that its commands wrote."""
        build = self.ended(self.start(name, spec, **more))
        logs = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        try:
            events: list[dict[str, Any]] = self._client("logs").get_log_events(**logs, startFromHead=True)["events"]
        except ClientError:
            events = []
        said = [each["message"] for each in events if not each["message"].startswith("[Container]")]
        return build["buildStatus"], said


@pytest.fixture(scope="module")
def built(client: Clients) -> Built:
    return Built(client)


def _phases(**commands: Sequence[str]) -> dict[str, Any]:
    return {"phases": {name: {"commands": list(each)} for name, each in commands.items()}}


def test_phases_share_a_shell(built: Built) -> None:
    spec = _phases(
        install=["export ONE=1", "mkdir deep", "cd deep"],
        build=['echo "$ONE in $(basename "$PWD")"'],
        post_build=["echo succeeding $CODEBUILD_BUILD_SUCCEEDING"],
    )
    assert built.run("shares", spec) == ("SUCCEEDED", ["1 in deep", "succeeding 1"])


def test_what_follows_a_failure(built: Built) -> None:
    spec = {
        "phases": {
            "build": {"commands": ["echo before", "exit 4", "echo never"], "finally": ["echo always"]},
            "post_build": {"commands": ["echo succeeding $CODEBUILD_BUILD_SUCCEEDING"]},
        }
    }
    assert built.run("fails", spec) == ("FAILED", ["before", "always", "succeeding 0"])
    build = built.ended(built.codebuild.list_builds_for_project(projectName="fails")["ids"][0])
    [failed] = [each for each in build["phases"] if each["phaseStatus"] == "FAILED"]
    assert failed["phaseType"] == "BUILD"
    assert failed["contexts"][0]["message"].endswith("exit 4. Reason: exit status 4")


def test_before_the_build_a_failure_ends_it(built: Built) -> None:
    spec = _phases(pre_build=["false"], build=["echo never"], post_build=["echo never"])
    assert built.run("ends", spec) == ("FAILED", [])


def test_variables_come_from_everywhere(client: Clients, built: Built) -> None:
    client("ssm").put_parameter(Name="/builds/one", Value="from a parameter", Type="String")
    secret = client("secretsmanager").create_secret(Name="builds", SecretString='{"key": "from a secret"}')
    spec = {
        "env": {
            "shell": "bash",
            "variables": {"PLAIN": "of the buildspec", "BOTH": "of the buildspec"},
            "parameter-store": {"PARAMETER": "/builds/one"},
            "secrets-manager": {"SECRET": f"{secret['ARN']}:key"},
        },
        **_phases(build=['for each in "$PLAIN" "$BOTH" "$PARAMETER" "$SECRET"; do echo "$each"; done; [[ 1 ]]']),
    }
    variables = [{"name": "BOTH", "value": "of the project"}]
    assert built.run("varies", spec, variables=variables) == (
        "SUCCEEDED",
        ["of the buildspec", "of the project", "from a parameter", "from a secret"],
    )


def test_a_source_in_s3(client: Clients, built: Built) -> None:
    client("s3").create_bucket(Bucket="built-sources")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("read.txt", "it is here\n")
    client("s3").put_object(Bucket="built-sources", Key="a/source.zip", Body=content.getvalue())
    source = {"type": "S3", "location": "built-sources/a/source.zip"}
    assert built.run("reads", _phases(build=["cat read.txt"]), source=source) == ("SUCCEEDED", ["it is here"])


def test_a_build_reaches_the_emulator(client: Clients, built: Built) -> None:
    client("ssm").put_parameter(Name="/builds/two", Value="asked", Type="String")
    program = "import boto3; print(boto3.client('ssm').get_parameter(Name='/builds/two')['Parameter']['Value'])"
    assert built.run("asks", _phases(build=[f'python -c "{program}"'])) == ("SUCCEEDED", ["asked"])


def test_a_build_writes_nowhere_else(emulator: RunningEmulator, built: Built, tmp_path: Path) -> None:
    outside = emulator.state / "outside.txt"
    own = Path("/tmp", f"of-a-build-{uuid.uuid4().hex}")
    spec = _phases(build=[f"touch {own} && echo own", f"touch {outside} || touch {tmp_path}/x || echo kept out"])
    assert built.run("encloses", spec)[0] == "SUCCEEDED"
    assert not outside.exists()
    assert not (tmp_path / "x").exists()
    assert not own.exists()


def test_it_can_be_stopped_and_has_a_time(built: Built) -> None:
    identifier = built.start("stops", _phases(build=["echo began", "sleep 60"]))
    wait_for(
        lambda: built.codebuild.batch_get_builds(ids=[identifier])["builds"][0]["phases"],
        lambda phases: any(each["phaseType"] == "DOWNLOAD_SOURCE" for each in phases),
    )
    stopped = built.codebuild.stop_build(id=identifier)["build"]
    assert stopped["buildStatus"] == "STOPPED"
    assert built.ended(identifier)["buildStatus"] == "STOPPED"


@pytest.mark.parametrize(
    ("name", "spec", "source", "said"),
    [
        ("batches", {**_phases(build=["true"]), "batch": {}}, None, "the emulator does not support batch"),
        ("reports", {**_phases(build=["true"]), "reports": {}}, None, "the emulator does not support reports"),
        ("users", {"phases": {"build": {"run-as": "me", "commands": ["true"]}}}, None, "phases.build.run-as"),
        ("empties", {}, None, "phases are missing"),
        (
            "hosts",
            _phases(build=["true"]),
            {"type": "GITHUB", "location": "https://github.com/octo-org/churn"},
            "The emulator asks no other host",
        ),
        (
            "misses",
            {**_phases(build=["true"]), "artifacts": {"files": ["none/*"]}},
            None,
            "no matching artifact paths found: none/*",
        ),
    ],
)
def test_what_a_build_does_not_do_it_says(
    built: Built, name: str, spec: dict[str, Any], source: dict[str, Any] | None, said: str
) -> None:
    build = built.ended(built.start(name, spec, source=source))
    assert build["buildStatus"] == "FAILED"
    assert said in "; ".join(each["message"] for phase in build["phases"] for each in phase["contexts"])


def test_a_build_of_a_pipeline_is_not_started_by_hand(built: Built) -> None:
    with pytest.raises(ClientError, match="started by the pipeline"):
        built.start("pipelines", _phases(build=["true"]), source={"type": "CODEPIPELINE"})
