"""Starting, stopping, killing: one emulator per state, no orphans, nothing lost."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import PROJECT, EmulatorError, RunningEmulator, attach, start
from harness.aws_clients import ROLE, Clients, clients_of, endpoint_config, kill, model, saved, settled, wait_for
from harness.deployed_stack import Stack, resource


def _processes(word: str) -> list[str]:
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


def test_a_second_start_is_refused(emulator: RunningEmulator) -> None:
    with pytest.raises(EmulatorError) as refused:
        start(emulator.state)
    message = str(refused.value)
    assert "\n" not in message
    for part in ("already running", emulator.started, str(emulator.pid), emulator.address, "stop --state"):
        assert part in message


def test_a_taken_port_is_refused(emulator: RunningEmulator, tmp_path: Path) -> None:
    port = int(emulator.address.rsplit(":", 1)[1])
    with pytest.raises(EmulatorError, match=f"Port {port} on 127.0.0.1 is taken"):
        start(tmp_path / "state", port)


def test_attach_finds_the_running_one(emulator: RunningEmulator, tmp_path: Path) -> None:
    assert attach(emulator.state) == emulator
    with pytest.raises(EmulatorError, match="No emulator is running"):
        attach(tmp_path)


def test_environment_leaves_the_user_s_aws_settings_out(emulator: RunningEmulator) -> None:
    environment = emulator.environment({"AWS_PROFILE": "work", "AWS_SECRET_ACCESS_KEY": "real", "PATH": "/bin"})
    assert "AWS_PROFILE" not in environment
    assert environment["AWS_SECRET_ACCESS_KEY"] == "test"
    assert environment["PATH"] == "/bin"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        assert Path(environment[name]).read_text() == ""


def test_account_and_region_are_chosen_and_kept(emulator: RunningEmulator, own_state: Path) -> None:
    with start(own_state, account="111122223333", region="eu-west-1") as running:
        assert running.environment()["AWS_ACCESS_KEY_ID"] != emulator.environment()["AWS_ACCESS_KEY_ID"]
        identity = clients_of(running)("sts").get_caller_identity()
        assert identity["Account"] == "111122223333"
        topic = clients_of(running)("sns").create_topic(Name="here")["TopicArn"]
        assert topic == "arn:aws:sns:eu-west-1:111122223333:here"
    with start(own_state) as again:
        assert (again.account, again.region) == ("111122223333", "eu-west-1")
        assert [found["TopicArn"] for found in clients_of(again)("sns").list_topics()["Topics"]] == [topic]


def test_credentials_do_not_reach_the_server(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-real-secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with start(own_state) as running:
        environment = Path(f"/proc/{running.pid}/environ").read_bytes()
    assert b"a-real-secret" not in environment
    assert b"AWS_ENDPOINT_URL=" not in environment


def test_only_the_loopback_is_open(emulator: RunningEmulator) -> None:
    port = f"{int(emulator.address.rsplit(':', 1)[1]):04X}"
    lines = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{emulator.pid}/net/{name}").read_text().splitlines()[1:]
    ]
    listening = {line[1] for line in lines if line[3] == "0A" and line[1].endswith(f":{port}")}
    assert listening == {f"0100007F:{port}"}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_state_survives(own_state: Path, echo_image: str, end: str) -> None:
    first = start(own_state)
    client = clients_of(first)
    _fill(client, echo_image)
    if end == "stop":
        first.stop()
    else:
        wait_for(lambda: saved(own_state, "sagemaker"), lambda text: '"durable"' in text and '"InService"' in text)
        wait_for(lambda: saved(own_state, "ssm"), lambda text: "/kept" in text)
        kill(first)
    wait_for(lambda: _processes(str(own_state)), lambda found: not found)

    second = start(own_state)
    client = clients_of(second)
    assert second.address == first.address
    assert second.interrupted == []
    sagemaker = client("sagemaker")
    assert sagemaker.describe_endpoint(EndpointName="durable")["EndpointStatus"] == "InService"
    answer = client("sagemaker-runtime").invoke_endpoint(EndpointName="durable", Body=b"1")
    assert b"durable" in answer["Body"].read()
    assert client("s3").get_object(Bucket="kept", Key="a/b")["Body"].read() == b"content"
    assert client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "value"
    targets = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="sagemaker")
    assert len(targets["ScalableTargets"]) == 1
    assert Stack(client("cloudformation"), "kept").delete() == "DELETE_COMPLETE"


def _fill(client: Clients, echo_image: str) -> None:
    client("s3").create_bucket(Bucket="kept")
    client("s3").put_object(Bucket="kept", Key="a/b", Body=b"content")
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/durable/variant/variant-0",
        MinCapacity=1,
        MaxCapacity=2,
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
    )
    parameter = resource("SSM::Parameter", Name="/kept", Type="String", Value="value")
    assert Stack(client("cloudformation"), "kept").create(Parameter=parameter) == "CREATE_COMPLETE"
    sagemaker = client("sagemaker")
    endpoint_config(sagemaker, "durable", model(sagemaker, "durable", echo_image, MARK="durable"))
    sagemaker.create_endpoint(EndpointName="durable", EndpointConfigName="durable")
    assert settled(sagemaker, "durable")["EndpointStatus"] == "InService"


@pytest.fixture
def command() -> Any:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROJECT / ".venv-emulator" / "bin" / "python", "-m", "emulator", *arguments],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    return run


def test_command_line(own_state: Path, command: Any) -> None:
    state = ("--state", str(own_state))
    assert command("status", *state).returncode == 1
    started = command("start", *state)
    assert "The emulator runs at http://127.0.0.1:" in started.stdout
    again = command("start", *state)
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)
    assert "already running" in again.stderr
    environment = command("environment", *state).stdout
    assert f"export AWS_ENDPOINT_URL={attach(own_state).address}" in environment
    assert command("stop", *state).returncode == 0
    assert "No emulator is running" in command("stop", *state).stderr


def test_an_interrupted_training_job_has_failed(own_state: Path, echo_image: str) -> None:
    first = start(own_state)
    sagemaker = clients_of(first)("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName="cut",
        RoleArn=ROLE,
        HyperParameters={"seconds": "60"},
        AlgorithmSpecification={"TrainingImage": echo_image, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://nowhere/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 120},
    )
    wait_for(lambda: _processes("echo train"), bool)
    wait_for(lambda: saved(own_state, "sagemaker"), lambda text: '"cut"' in text)
    kill(first)
    wait_for(lambda: _processes("echo train"), lambda found: not found)
    second = start(own_state)
    job = clients_of(second)("sagemaker").describe_training_job(TrainingJobName="cut")
    assert job["TrainingJobStatus"] == "Failed"
    assert "the emulator was stopped" in job["FailureReason"]
    assert any("training job cut" in sentence for sentence in second.interrupted)
