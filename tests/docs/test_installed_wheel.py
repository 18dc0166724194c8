"""The library in another project: installed from its wheel, with the code of its functions inside."""

import json
import os
import re
from pathlib import Path

import pytest

from harness.documents import PROJECT
from harness.installed_wheel import build_wheel, install_wheel
from harness.synthesized_apps import synthesize, types

APP = """
import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr, aws_kms as kms, aws_s3 as s3
import sagemaker_constructs
from sagemaker_constructs.images import ModelImage
from sagemaker_constructs.training import TrainingDefinition, TrainingJob

app = cdk.App()
stack = cdk.Stack(app, "Elsewhere")
cdk.CfnOutput(stack, "Library", value=sagemaker_constructs.__file__)
definition = TrainingDefinition(
    stack,
    "Definition",
    image=ModelImage.from_repository(ecr.Repository.from_repository_name(stack, "Images", "churn"), "1.4.2"),
    output=s3.Bucket.from_bucket_name(stack, "Artifacts", "example-sagemaker-artifacts"),
    encryption_key=kms.Key(stack, "Key"),
    instance_type="ml.m5.large",
)
TrainingJob(stack, "Training", definition=definition)
app.synth()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


def test_an_app_elsewhere_finds_the_code_of_the_job_functions(wheel: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    install_wheel(wheel, library)
    app = tmp_path / "elsewhere" / "app.py"
    app.parent.mkdir()
    app.write_text(APP)
    out = tmp_path / "cdk.out"
    templates = synthesize(app, out, folder=app.parent, PYTHONPATH=str(library))
    assert templates["Elsewhere"]["Outputs"]["Library"]["Value"].startswith(str(library) + os.sep)
    assert "Custom::SageMakerTrainingJob" in types(templates)
    assets = json.loads((out / "Elsewhere.assets.json").read_text())["files"].values()
    handlers = [out / asset["source"]["path"] / "lambdas" / "job" / "handler.py" for asset in assets]
    assert [handler.read_text() for handler in handlers if handler.exists()] == [
        (PROJECT / "lambdas" / "job" / "handler.py").read_text()
    ]


def test_the_readme_names_the_wheel_that_is_built(wheel: Path) -> None:
    assert re.findall(r"dist/(\S+\.whl)", (PROJECT / "README.md").read_text()) == [wheel.name]
