"""What all tests share: the project's own feature flags, and synths without the slow built-in validation."""

import gc
import json
import os
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

PROJECT = Path(__file__).resolve().parent.parent

# A test run makes millions of objects and ends soon: to look for garbage as often as usual takes a twentieth of it.
gc.set_threshold(100_000)
os.environ["CDK_VALIDATION"] = "false"
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20"


# Files whose tests take the longest: begun first, they do not keep everybody waiting at the end. The first six wait
# more than they compute, and the five workers begin with them.
LONGEST = (
    "test_life_of_a_platform.py",
    "test_digits_of_people.py",
    "test_documented_apps.py",
    "test_labeling_rounds.py",
    "test_transform_deployed.py",
    "test_training_watch.py",
    "test_workbench.py",
    "test_label_studio_server.py",
    "test_cdk_command_line.py",
    "test_checkers.py",
    "test_search.py",
    "test_glue_spark.py",
    "test_monitor.py",
    "test_pytorch_training.py",
    "test_distributed_training.py",
    "test_learners.py",
    "test_regression.py",
    "test_multi_model.py",
    "test_saved_state.py",
    "test_autopilot_deployed.py",
    "test_makefile.py",
    "test_beside_a_real_server.py",
    "test_synth_is_pure.py",
    "test_mlflow.py",
    "test_scaling.py",
    "test_demo_failures.py",
    "test_network_isolation.py",
    "test_public_types.py",
    "test_parts_of_other_stacks.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the longest files first; everything else stays in its random order."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    """The feature flags of cdk.json, which an App inside a test would not read by itself."""
    return json.loads((PROJECT / "cdk.json").read_text())["context"]


@pytest.fixture
def app(context: dict[str, Any], tmp_path: Path) -> cdk.App:
    return cdk.App(context=context, outdir=str(tmp_path / "cdk.out"))


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Stack", env=cdk.Environment(region="us-east-1"))


@pytest.fixture(autouse=True)
def _in_the_project_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
