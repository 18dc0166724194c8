"""The names of each domain: all of them are there, and one does not load the others."""

import importlib
import subprocess
import sys

import pytest

import sagemaker_constructs as sm
from tools import instance_types

DOMAINS = ("core", "storage", "network", "images", "jobs", "models", "observability", "training", "serving", "cost")


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_name_of_a_domain_is_there(domain: str) -> None:
    module = importlib.import_module(f"sagemaker_constructs.{domain}")
    names: list[str] = module.__all__
    assert names
    assert set(names) <= set(dir(module))
    for name in names:
        assert getattr(module, name).__name__ == name


def test_the_package_offers_what_users_need() -> None:
    names = dir(sm)
    assert {"Model", "ModelImage", "RealTimeEndpoint", "AsyncEndpoint", "FrontDoor", "TrainingJob"} <= set(names)
    assert all(getattr(sm, name) is not None for name in names)
    assert sm.__version__.count(".") == 2


def test_a_name_that_is_not_there_is_said() -> None:
    with pytest.raises(AttributeError, match="module 'sagemaker_constructs' has no attribute 'RealTimeEndpiont'"):
        getattr(sm, "RealTimeEndpiont")  # noqa: B009 - type checkers would refuse it otherwise


def test_help_shows_the_names() -> None:
    program = "import pydoc; print(pydoc.render_doc('sagemaker_constructs.storage', renderer=pydoc.plaintext))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=900)
    assert "class EncryptedBucket" in shown.stdout


def test_one_class_does_not_load_the_others() -> None:
    program = (
        "import sys; from sagemaker_constructs.storage import EncryptedBucket;"
        "print([name for name in sys.modules if name.startswith('sagemaker_constructs.serving')])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=900)
    assert loaded.stdout.strip() == "[]"


def test_the_constants_of_instance_types_are_those_of_the_bundled_model() -> None:
    assert instance_types.TARGET.read_text() == instance_types.module_text(), "run: python -m tools.instance_types"
