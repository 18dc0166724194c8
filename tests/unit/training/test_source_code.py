"""A training program of the user's own: what is asked of its container, and what is refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.training.source_code import SourceCode
from sagemaker_constructs.training.training_definition import TrainingDefinition
from sagemaker_constructs.training.training_input import TrainingInput
from sagemaker_constructs.training.tuning.numeric_range import ContinuousRange
from sagemaker_constructs.training.tuning.objective import Objective
from sagemaker_constructs.training.tuning.tuned_algorithm import TunedAlgorithm


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    (folder / "deep").mkdir(parents=True)
    (folder / "train.py").write_text("print('trained')")
    (folder / "deep" / "helper.py").write_text("")
    (folder / "requirements.txt").write_text("tqdm==4.67.1\n")
    for left in (".git", "__pycache__"):
        (folder / left).mkdir()
        (folder / left / "x").write_text("left behind")
    return folder


def _definition(stack: Stack, source: SourceCode, **given: Any) -> TrainingDefinition:
    bucket = s3.Bucket.from_bucket_name(stack, "Rows", "rows")
    image = ModelImage.from_directory("tests/unit/image")
    arguments: dict[str, Any] = {"image": image, "output": bucket, "instance_type": "ml.m5.large", **given}
    return TrainingDefinition(stack, "Training", source=source, **arguments)


def test_a_script_is_run_by_the_image_s_python(stack: Stack, folder: Path) -> None:
    request = _definition(stack, SourceCode(folder, "train.py"), arguments=["--fast"]).request
    algorithm: Any = request["AlgorithmSpecification"]
    [channel] = stack.resolve(request["InputDataConfig"])
    key = channel["DataSource"]["S3DataSource"]["S3Uri"]["Fn::Join"][1][-1].rpartition("/")[2]
    assert (channel["ChannelName"], channel["InputMode"]) == ("code", "File")
    assert algorithm["ContainerEntrypoint"] == ["python3", f"/opt/ml/input/data/code/{key}"]
    assert algorithm["ContainerArguments"] == ["--script", "train.py", "--fast"]
    assert key in str(Template.from_stack(stack).find_resources("AWS::IAM::Role"))


def test_a_command_and_requirements(stack: Stack, folder: Path) -> None:
    source = SourceCode(folder, command=["torchrun", "train.py"], requirements="requirements.txt")
    algorithm: Any = _definition(stack, source, network_isolation=False).request["AlgorithmSpecification"]
    words = ["--requirements", "requirements.txt", "--command", "torchrun", "train.py"]
    assert algorithm["ContainerArguments"] == words


def _published(folder: Path, outdir: Path) -> tuple[str, list[str]]:
    """The name of the archive, and what is in it."""
    app = App(outdir=str(outdir))
    stack = Stack(app, "Stack")
    entrypoint: Any = _definition(stack, SourceCode(folder, "train.py")).request["AlgorithmSpecification"]
    app.synth()
    [archive] = outdir.glob("asset.*.zip")
    return entrypoint["ContainerEntrypoint"][1], zipfile.ZipFile(io.BytesIO(archive.read_bytes())).namelist()


def test_the_same_files_are_the_same_object(folder: Path, tmp_path: Path) -> None:
    first, names = _published(folder, tmp_path / "first")
    assert names == ["program/deep/helper.py", "program/requirements.txt", "program/train.py", "__main__.py"]
    for path in folder.rglob("*"):
        path.touch()
    (folder / "__pycache__" / "more").write_text("")
    assert _published(folder, tmp_path / "again")[0] == first
    (folder / "train.py").write_text("print('changed')")
    assert _published(folder, tmp_path / "changed")[0] != first


@pytest.mark.parametrize(
    ("source", "given", "problem"),
    [
        ({"entry_script": "tran.py"}, {}, "source.entry_script must be a file of "),
        ({"entry_script": "requirements.txt"}, {}, "source.entry_script must be a Python file, got: 'requ"),
        ({}, {}, "source must have either an entry_script or a command, got: None and []"),
        (
            {"entry_script": "train.py", "command": ["true"]},
            {},
            "source must have either an entry_script or a command, got: 'train.py' and ['true']",
        ),
        ({"entry_script": "train.py", "requirements": "absent.txt"}, {}, "source.requirements must be a file of "),
        ({"entry_script": "train.py", "directory": "absent"}, {}, "source.directory must be a folder, got: 'absent'"),
        (
            {"entry_script": "train.py", "requirements": "requirements.txt"},
            {"network_isolation": True},
            "network_isolation must be False for the source's requirements",
        ),
        ({"command": ["x" * 257]}, {}, "arguments must have at most 256 characters each, got: 257"),
        ({"command": ["x"] * 99}, {"arguments": ["y"]}, "arguments may hold at most 100 entries, got: 101"),
    ],
)  # fmt: skip
def test_what_is_refused(
    stack: Stack, folder: Path, source: dict[str, Any], given: dict[str, Any], problem: str
) -> None:
    asked: dict[str, Any] = {"directory": folder, **source}
    with pytest.raises(InvalidInput) as refusal:
        _definition(stack, SourceCode(**asked), **{"network_isolation": False, **given})
    assert refusal.value.lines[0].removeprefix("Stack/Training: ").startswith(problem)


def test_the_channel_of_the_code_has_its_name(stack: Stack, folder: Path) -> None:
    rows = s3.Bucket.from_bucket_name(stack, "Own", "own")
    with pytest.raises(InvalidInput, match="channels must not name one 'code', which is that of the source"):
        _definition(stack, SourceCode(folder, "train.py"), channels={"code": TrainingInput(rows, "x")})


def test_a_search_takes_no_program_of_its_own(stack: Stack, folder: Path) -> None:
    training = _definition(stack, SourceCode(folder, "train.py"))
    tuned = TunedAlgorithm(training, Objective.maximize("auc"), {"rate": ContinuousRange(0.1, 1)})
    [problem] = tuned.problems()
    assert str(problem).startswith("training must run what its image runs: a search takes no source or arguments")
