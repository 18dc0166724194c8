"""Every rule of SageMaker's container contracts, against our serving process."""

import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.container import Contender
from conformance.failing_model import break_answers
from conformance.rules import RULES, Rule
from emulator.images.store import LocalImage
from harness.containers.container_processes import Trained, process_environment
from harness.documents import PROJECT, rows

README = PROJECT / "benchmarks" / "conformance" / "README.md"


@pytest.fixture(scope="session")
def ours(
    image: LocalImage, trained: Trained, held_out: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Contender:
    base = tmp_path_factory.mktemp("ours")
    (base / "models").mkdir()
    for place in ("model", "models/one"):
        shutil.copytree(trained.base / "model", base / place)
    (failing := tmp_path_factory.mktemp("failing")).rmdir()
    shutil.copytree(trained.base / "model", failing / "model")
    break_answers(failing / "model")
    return Contender(
        "ours",
        image.command_line(["serve"]),
        {
            **process_environment(image, base),
            "SAGEMAKER_BIND_TO_PORT": "PORT",
            "SERVING_BIND_HOST": "127.0.0.1",
            "MODEL_SERVER_WORKERS": "1",
        },
        row=held_out[0][1],
        broken={"SAGEMAKER_BASE_DIR": str(tmp_path_factory.mktemp("broken"))},
        failing={"SAGEMAKER_BASE_DIR": str(failing)},
        model=base / "models" / "one",
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.sentence)
def test_the_contract_holds(ours: Contender, rule: Rule) -> None:
    rule.check(ours)


def test_every_rule_is_published_with_its_page() -> None:
    assert [tuple(row) for row in rows(README, "rule", "stated by")] == [
        (rule.sentence, f"[page]({rule.page})") for rule in RULES
    ]


def test_a_model_that_fails_its_first_prediction_says_why(ours: Contender, tmp_path: Path) -> None:
    done = subprocess.run(
        list(ours.command),
        env={**ours.environment, **ours.failing, "SAGEMAKER_BIND_TO_PORT": "1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 1
    assert "no probabilities" in done.stdout
