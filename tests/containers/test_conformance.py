"""Every rule of SageMaker's container contracts, against our serving process."""

import shutil

import pytest

from conformance.container import Contender
from conformance.rules import RULES, Rule
from emulator.images import LocalImage
from harness.container_processes import Trained, process_environment


@pytest.fixture(scope="session")
def ours(
    image: LocalImage, trained: Trained, held_out: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Contender:
    base = tmp_path_factory.mktemp("ours")
    (base / "models").mkdir()
    for place in ("model", "models/one"):
        shutil.copytree(trained.base / "model", base / place)
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
        model=base / "models" / "one",
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.sentence)
def test_the_contract_holds(ours: Contender, rule: Rule) -> None:
    rule.check(ours)
