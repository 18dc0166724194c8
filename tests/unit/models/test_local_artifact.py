"""Models that lie beside the app: packed the same everywhere, published, and readable for one role."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template

from harness.policies import allowed, statements
from sagemaker_constructs.core.assets import packed
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_artifact import ModelArtifact

IMAGE = ModelImage.from_directory("tests/unit/image")


def _folder(path: Path, *, reverse: bool = False) -> Path:
    for name in sorted(("model.txt", "code/inference.py", "code/run.sh"), reverse=reverse):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(name)
    (path / "code" / "run.sh").chmod(0o755)
    return path


def test_the_same_files_give_the_same_archive(tmp_path: Path) -> None:
    one, other = _folder(tmp_path / "one"), _folder(tmp_path / "another name", reverse=True)
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    (other / "code" / "__pycache__").mkdir()
    (other / "code" / "__pycache__" / "inference.pyc").write_bytes(b"x")
    (other / "code" / "inference.pyc").write_bytes(b"x")
    (other / "code" / ".DS_Store").write_bytes(b"x")
    assert packed(one) == packed(other)
    with tarfile.open(fileobj=io.BytesIO(packed(one))) as archive:
        assert archive.getnames() == ["code/inference.py", "code/run.sh", "model.txt"]
        assert [member.mode for member in archive.getmembers()] == [0o644, 0o755, 0o644]
    (other / "model.txt").write_text("other trees")
    assert packed(one) != packed(other)


@pytest.mark.parametrize("packed_before", [False, True])
def test_a_local_model_is_published_and_served(app: App, stack: Stack, tmp_path: Path, packed_before: bool) -> None:
    path = _folder(tmp_path / "churn")
    if packed_before:
        archive = tmp_path / "churn.tar.gz"
        archive.write_bytes(packed(path))
        path = archive
    Model(stack, "Churn", image=IMAGE, artifact=ModelArtifact.from_path(path))
    [model] = Template.from_stack(stack).find_resources("AWS::SageMaker::Model").values()
    files = json.loads((Path(app.outdir) / f"{stack.artifact_id}.assets.json").read_text())["files"].values()
    [asset] = [file for file in files if "template" not in file["source"]["path"]]
    published = Path(app.outdir) / asset["source"]["path"]
    assert published.read_bytes() == packed(tmp_path / "churn")
    [destination] = asset["destinations"].values()
    assert destination["objectKey"].endswith(".gz")
    assert destination["objectKey"] in json.dumps(model["Properties"]["PrimaryContainer"]["ModelDataUrl"])
    assert destination["objectKey"] in json.dumps(allowed(statements(stack), "s3:GetObject"))


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("none", "model artifact must exist, got: 'none'"),
        ("empty", "model folder must hold files, got: 'empty'"),
        ("notes.md", "model artifact must be a .tar.gz archive, got: 'notes.md'"),
    ],
)
def test_what_is_no_model_is_refused(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, problem: str
) -> None:
    image = ModelImage.from_directory(Path("containers/tabular").resolve())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.md").touch()
    with pytest.raises(InvalidInput, match=problem):
        Model(stack, "Churn", image=image, artifact=ModelArtifact.from_path(path))
