"""The load test, run for real against endpoints in the emulator."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import PROJECT, RunningEmulator, start
from harness.aws_clients import clients_of
from harness.containers.echo_image import build_echo
from harness.deployed_stack import Stack, serving
from harness.serving_endpoints import deploy, variant
from tools.load_test.target import Refusal, find_target

PYTHON = PROJECT / ".venv-load-test" / "bin" / "python"
TWO = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 2}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    root = tmp_path_factory.mktemp("images")
    environments = PROJECT / ".emulator" / "environments"
    environments.mkdir(parents=True, exist_ok=True)
    (root / "environments").symlink_to(environments)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EMULATOR_IMAGE_ROOT", str(root))
        running = start(tmp_path_factory.mktemp("emulator") / "state")
    with running:
        yield running


@pytest.fixture(scope="module")
def sagemaker(emulator: RunningEmulator) -> Any:
    return clients_of(emulator)("sagemaker")


@pytest.fixture(scope="module")
def autoscaling(emulator: RunningEmulator) -> Any:
    return clients_of(emulator)("application-autoscaling")


@pytest.fixture(scope="module")
def endpoint(emulator: RunningEmulator, sagemaker: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One variant on two instances, and one that is scaled."""
    image = build_echo(emulator.images, tmp_path_factory.mktemp("echo"))
    variants = [variant(sagemaker, "main", image, TWO), variant(sagemaker, "scaled", image)]
    return deploy(sagemaker, "measured", variants)


def _load_test(emulator: RunningEmulator, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    body = folder / "rows.csv"
    body.write_text("1,2\n")
    return subprocess.run(
        [PYTHON, "-m", "tools.load_test", "--body", body, "--results", folder / "results", *arguments],
        cwd=PROJECT,
        env={**emulator.environment(os.environ), "PYTHONPATH": str(PROJECT / "constructs")},
        capture_output=True,
        text=True,
        timeout=900,
    )


def test_the_figure_the_plot_and_the_setting(emulator: RunningEmulator, endpoint: str, tmp_path: Path) -> None:
    """A goal that holds up to the last step, so that the load of this machine does not matter."""
    options = ["--variant", "main", "--latency-ms", "60000", "--users", "2", "--step-seconds", "1"]
    ran = _load_test(emulator, tmp_path, "--endpoint", endpoint, *options)
    assert (ran.returncode, ran.stderr) == (0, "")
    [folder] = (tmp_path / "results" / endpoint).iterdir()
    found = json.loads((folder / "result.json").read_text())
    assert [step["users"] for step in found["steps"]] == [1, 2]
    assert all(step["requests"] > 0 and step["failures"] == 0 and step["meets_goal"] for step in found["steps"])
    best = max(step["requests_per_second"] for step in found["steps"])
    assert found["peak_requests_per_second"] == best
    assert found["instances"] == 2
    assert found["peak_requests_per_second_per_instance"] == pytest.approx(best / 2, abs=0.01)
    setting = found["scale_on_invocations_per_instance_per_minute"]
    assert setting == pytest.approx(best / 2 * 0.5 * 60, abs=1.5)
    assert f"scale_on_invocations(per_instance_per_minute={setting:g})" in (folder / "result.txt").read_text()
    assert (folder / "result.txt").read_text() in ran.stdout
    assert any("the goal still held" in note.lower() for note in found["notes"])
    assert any("2 instances" in note for note in found["notes"])
    assert (folder / "result.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--endpoint", "nobody"], "endpoint nobody is missing: Could not find endpoint"),
        (
            ["--endpoint", "measured", "--variant", "main", "--latency-ms", "0.001", "--step-seconds", "1"],
            "not even one request at a time met the goal",
        ),
        (["--endpoint", "measured", "--body", "nowhere.csv"], "the body nowhere.csv is missing"),
        (["--endpoint", ""], "an endpoint is missing: name it with ENDPOINT=…"),
    ],
)
def test_refusals_are_one_line(
    emulator: RunningEmulator, endpoint: str, tmp_path: Path, options: list[str], reason: str
) -> None:
    ran = _load_test(emulator, tmp_path, *options)
    assert ran.returncode == 1
    [line] = ran.stderr.splitlines()
    assert line.startswith(reason)
    assert not (tmp_path / "results").exists()


@pytest.fixture
def stated(
    emulator: RunningEmulator, sagemaker: Any, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the load test on the endpoint of a stack, with what a request for it states."""
    image = build_echo(emulator.images, tmp_path)
    resources = serving(image)
    name = "loaded"
    stack = Stack(clients_of(emulator)("cloudformation"), name)
    assert stack.create(**resources) == "CREATE_COMPLETE"
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://123456789012/us-east-1",
        "properties": {"templateFile": "it.template.json"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {name: artifact}}))
    (tmp_path / "it.template.json").write_text(json.dumps({"Resources": resources}))

    def run(**load: float) -> subprocess.CompletedProcess[str]:
        request = {"body": "1,2", "content_type": "text/csv", **({"load": load} if load else {})}
        (tmp_path / "requests.json").write_text(json.dumps({f"{name}/Endpoint": request}))
        files = {"assembly": tmp_path, "requests": tmp_path / "requests.json", "results": tmp_path / "results"}
        options = [part for name, path in files.items() for part in (f"--{name}", str(path))]
        return subprocess.run(
            [PYTHON, "-m", "tools.load_test", *options],
            cwd=PROJECT,
            env={**emulator.environment(os.environ), "PYTHONPATH": str(PROJECT / "constructs")},
            capture_output=True,
            text=True,
            timeout=900,
        )

    return run


def test_what_a_request_states_is_the_bound(stated: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    bounds = {"latency_ms": 60_000, "users": 1, "step_seconds": 1}
    ran = stated(least=1, **bounds)
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = stated(least=10_000_000, **bounds)
    assert ran.returncode == 1
    assert "a minute on one instance, less than 1e+07" in ran.stderr
    ran = stated(latency_ms=1)
    assert (ran.returncode, ran.stderr.strip().endswith("lacks least")) == (1, True)
    ran = stated()
    assert ran.returncode == 1
    assert "states a load: there is nothing to measure" in ran.stderr


def test_make_hands_on_what_it_is_given(emulator: RunningEmulator, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1,2\n")
    ran = subprocess.run(
        ["make", "load-test", "ENDPOINT=nobody", f"BODY={tmp_path / 'rows.csv'}", "LATENCY_MS=250"],
        cwd=PROJECT,
        env={**emulator.environment(os.environ), "PYTHONPATH": str(PROJECT / "constructs")},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert ran.stderr.startswith("endpoint nobody is missing: Could not find endpoint")


def test_autoscaling_would_spoil_the_figure(sagemaker: Any, autoscaling: Any, endpoint: str) -> None:
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/scaled",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    autoscaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
    with pytest.raises(Refusal, match="autoscaling is active on variant scaled of endpoint measured"):
        find_target(sagemaker, autoscaling, endpoint, "scaled")
    kinds = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
    autoscaling.register_scalable_target(**target, SuspendedState=dict.fromkeys(kinds, True))
    assert find_target(sagemaker, autoscaling, endpoint, "scaled").instances == 1


@pytest.mark.parametrize(("wanted", "reason"), [(None, "has several variants"), ("mian", "has no variant mian")])
def test_one_variant_has_to_be_chosen(
    sagemaker: Any, autoscaling: Any, endpoint: str, wanted: str | None, reason: str
) -> None:
    with pytest.raises(Refusal, match=rf"{reason}: name one with VARIANT=main\|scaled"):
        find_target(sagemaker, autoscaling, endpoint, wanted)


class _Describes:
    def __init__(self, **described: Any) -> None:
        self.described = described

    def describe_endpoint(self, **_: Any) -> dict[str, Any]:
        return {"EndpointStatus": "InService", **self.described}


@pytest.mark.parametrize(
    ("described", "reason"),
    [
        ({"EndpointStatus": "Updating"}, "must be InService, and is Updating"),
        ({"AsyncInferenceConfig": {"OutputConfig": {}}}, "is asynchronous"),
        (
            {"ProductionVariants": [{"VariantName": "a", "CurrentServerlessConfig": {"MaxConcurrency": 5}}]},
            "serverless",
        ),
        (
            {"ProductionVariants": [{"VariantName": "a", "ManagedInstanceScaling": {"Status": "ENABLED"}}]},
            "autoscaling is active on variant a",
        ),
    ],
)
def test_endpoints_without_a_fixed_fleet_are_refused(described: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        find_target(_Describes(**described), None, "x", None)
