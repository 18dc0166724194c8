import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Aws, RemovalPolicy, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.image_repository import ImageRepository
from sagemaker_constructs.images.model_image import ModelImage

COMPILING = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


@pytest.fixture
def grants() -> Grants:
    return Grants()


def _granted(grants: Grants) -> dict[str, list[str]]:
    """The resources of each action."""
    return {action: list(statement.resources) for statement in grants.statements() for action in statement.actions}


def test_a_directory_becomes_an_image_asset(stack: Stack, grants: Grants) -> None:
    uri = ModelImage.from_directory("containers/tabular").bind(stack, grants)
    assert "cdk-hnb659fds-container-assets" in str(stack.resolve(uri))


def _shared(folder: Path, name: str = "common") -> Path:
    """An image that copies from a stage, an image and a folder beside it; returns the image's folder."""
    (folder / "image").mkdir(parents=True)
    (folder / "image" / "Dockerfile").write_text(
        f"FROM python:3.11 AS build\nFROM python:3.11\nCOPY --from=build /a /a\n"
        f"COPY --from=nginx:1.29 /b /b\nCOPY --chown=1:1 --from={name} code /opt/program/code\n"
    )
    (folder / "common").mkdir()
    (folder / "common" / "code.py").write_text("VALUE = 1\n")
    return folder / "image"


def _docker_image(app: App, stack: Stack) -> dict[str, Any]:
    manifest = Path(app.synth().directory) / f"{stack.artifact_id}.assets.json"
    [image] = json.loads(manifest.read_text())["dockerImages"].values()
    return image["source"] | {"tag": next(iter(image["destinations"].values()))["imageTag"]}


def test_a_folder_beside_the_image_is_a_build_context(app: App, stack: Stack, grants: Grants, tmp_path: Path) -> None:
    ModelImage.from_directory(_shared(tmp_path)).bind(stack, grants)
    source = _docker_image(app, stack)
    assert list(source["dockerBuildContexts"]) == ["common"]
    staged = Path(app.outdir) / source["directory"] / source["dockerBuildContexts"]["common"]
    assert (staged / "code.py").read_text() == "VALUE = 1\n"


def test_its_manifest_has_docker_s_format(app: App, stack: Stack, grants: Grants) -> None:
    ModelImage.from_directory("containers/tabular").bind(stack, grants)
    assert _docker_image(app, stack)["dockerOutputs"] == ["type=docker,oci-mediatypes=false"]


def test_a_build_context_may_lie_elsewhere(app: App, stack: Stack, grants: Grants, tmp_path: Path) -> None:
    image = _shared(tmp_path, name="other")
    ModelImage.from_directory(image, build_contexts={"other": tmp_path / "common"}).bind(stack, grants)
    assert list(_docker_image(app, stack)["dockerBuildContexts"]) == ["other"]


def test_what_a_build_context_holds_counts_for_the_tag(
    context: dict[str, Any], grants: Grants, tmp_path: Path
) -> None:
    image = _shared(tmp_path)
    tags: list[str] = []
    for change in ("VALUE = 1\n", "VALUE = 2\n", "VALUE = 1\n"):
        (tmp_path / "common" / "code.py").write_text(change)
        app = App(context=context, outdir=str(tmp_path / f"out-{len(tags)}"))
        stack = Stack(app, "Stack")
        ModelImage.from_directory(image).bind(stack, grants)
        tags.append(_docker_image(app, stack)["tag"])
    assert tags[0] == tags[2] != tags[1]


@pytest.mark.parametrize("ignored", [None, "*\n!Dockerfile\n!app\n"])
def test_what_running_the_code_leaves_behind_is_no_part_of_the_image(
    context: dict[str, Any], grants: Grants, tmp_path: Path, ignored: str | None
) -> None:
    image = _shared(tmp_path)
    for folder in (image, tmp_path / "common"):
        (folder / "app").mkdir()
        (folder / "app" / "code.py").write_text("VALUE = 1\n")
        if ignored:
            (folder / ".dockerignore").write_text(ignored)
    sources: list[dict[str, Any]] = []
    for number in range(2):
        app = App(context=context, outdir=str(tmp_path / f"out-{number}"))
        stack = Stack(app, "Stack")
        ModelImage.from_directory(image).bind(stack, grants)
        sources.append(_docker_image(app, stack))
        staged = tmp_path / f"out-{number}" / sources[number]["directory"]
        beside = staged / sources[number]["dockerBuildContexts"]["common"]
        for folder in (staged / "app", beside / "app"):
            assert [path.name for path in folder.iterdir()] == ["code.py"]
        for folder in (image, tmp_path / "common"):
            subprocess.run([sys.executable, "-c", "import app.code"], cwd=folder, check=True, env=COMPILING)
            assert list(folder.rglob("*.pyc"))
            (folder / ".DS_Store").write_bytes(b"x")
            (folder / "app" / ".DS_Store").write_bytes(b"x")
    assert sources[0] == sources[1]


def test_build_arguments_are_passed_on_and_count_for_the_tag(
    context: dict[str, Any], grants: Grants, tmp_path: Path
) -> None:
    folder = tmp_path / "image"
    folder.mkdir()
    (folder / "Dockerfile").write_text("ARG LOCK=a\nFROM scratch\n")
    tags: list[str] = []
    for number, lock in enumerate(("a", "b")):
        app = App(context=context, outdir=str(tmp_path / f"out-{number}"))
        stack = Stack(app, "Stack")
        ModelImage.from_directory(folder, build_arguments={"LOCK": lock}).bind(stack, grants)
        image = _docker_image(app, stack)
        assert image["dockerBuildArgs"] == {"LOCK": lock}
        tags.append(image["tag"])
    assert tags[0] != tags[1]


def test_a_build_argument_that_the_dockerfile_lacks_is_refused(stack: Stack, grants: Grants, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("ARG LOCK=a\nFROM scratch\n")
    with pytest.raises(
        InvalidInput, match=r"^Stack: build argument must be one of LOCK of the Dockerfile, got: 'LOKC'$"
    ):
        ModelImage.from_directory(tmp_path, build_arguments={"LOKC": "b"}).bind(stack, grants)


def test_a_missing_build_context_is_refused(stack: Stack, grants: Grants) -> None:
    image = ModelImage.from_directory("containers/tabular", build_contexts={"serving": "containers/none"})
    with pytest.raises(
        InvalidInput, match=r"^Stack: build context 'serving' must be a folder, got: 'containers/none'$"
    ):
        image.bind(stack, grants)


@pytest.mark.parametrize("missing", ["containers/none", "docs"])
def test_a_directory_without_dockerfile_is_refused(stack: Stack, grants: Grants, missing: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^Stack: image directory must .*'{missing}'$"):
        ModelImage.from_directory(Path(missing)).bind(stack, grants)


def test_a_repository_image_is_pulled_with_a_grant_on_that_repository(stack: Stack, grants: Grants) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "churn")
    uri = ModelImage.from_repository(repository, "1.4.2").bind(stack, grants)
    assert str(stack.resolve(uri)).endswith("/churn:1.4.2']]}")
    assert _granted(grants) == {
        "ecr:BatchCheckLayerAvailability": [repository.repository_arn],
        "ecr:GetDownloadUrlForLayer": [repository.repository_arn],
        "ecr:BatchGetImage": [repository.repository_arn],
        "ecr:GetAuthorizationToken": ["*"],
    }


def test_the_tag_latest_is_refused(stack: Stack, grants: Grants) -> None:
    repository = ecr.Repository.from_repository_name(stack, "Repository", "churn")
    with pytest.raises(InvalidInput, match="image tag must not be latest"):
        ModelImage.from_repository(repository, "latest").bind(stack, grants)


def test_a_repository_that_is_to_be_destroyed_empties_itself(stack: Stack, key: kms.IKey) -> None:
    ImageRepository(stack, "Images", encryption_key=key, removal_policy=RemovalPolicy.DESTROY)
    Template.from_stack(stack).has_resource(
        "AWS::ECR::Repository", {"DeletionPolicy": "Delete", "Properties": {"EmptyOnDelete": True}}
    )


def test_the_repository_scans_and_keeps_tags_immutable(stack: Stack, key: kms.IKey) -> None:
    ImageRepository(stack, "Images", encryption_key=key, keep_images=3)
    Template.from_stack(stack).has_resource(
        "AWS::ECR::Repository",
        {
            "DeletionPolicy": "RetainExceptOnCreate",
            "Properties": {
                "ImageScanningConfiguration": {"ScanOnPush": True},
                "ImageTagMutability": "IMMUTABLE",
                "EncryptionConfiguration": {"EncryptionType": "KMS"},
                "LifecyclePolicy": {"LifecyclePolicyText": Match.string_like_regexp('"countNumber":3')},
            },
        },
    )


def test_keeping_no_image_is_refused(stack: Stack, key: kms.IKey) -> None:
    with pytest.raises(InvalidInput, match="keep_images must be between 1 and 1000, got: 0"):
        ImageRepository(stack, "Images", encryption_key=key, keep_images=0)


def test_a_framework_image_is_found_without_network_and_pulled_from_the_account_of_aws(
    stack: Stack, grants: Grants
) -> None:
    image = ModelImage.from_framework("xgboost", version="1.7-1", scope="inference")
    uri = image.bind(stack, grants)
    account, repository = uri.partition(".")[0], uri.partition("/")[2].partition(":")[0]
    assert ".ecr.us-east-1.amazonaws.com/" in uri
    arn = f"arn:{Aws.PARTITION}:ecr:us-east-1:{account}:repository/{repository}"
    assert _granted(grants) == {
        "ecr:BatchCheckLayerAvailability": [arn],
        "ecr:GetDownloadUrlForLayer": [arn],
        "ecr:BatchGetImage": [arn],
        "ecr:GetAuthorizationToken": ["*"],
    }


def test_an_unknown_framework_or_version_is_refused_with_the_nearest(stack: Stack, grants: Grants) -> None:
    with pytest.raises(InvalidInput, match=r"^Stack: framework .*'xgbost'"):
        ModelImage.from_framework("xgbost", scope="inference").bind(stack, grants)
    with pytest.raises(InvalidInput, match=r"^Stack: xgboost version .*'9\.9'"):
        ModelImage.from_framework("xgboost", version="9.9", scope="inference").bind(stack, grants)


def test_a_framework_image_needs_a_region(app: App, grants: Grants) -> None:
    anywhere = Stack(app, "Anywhere")
    with pytest.raises(InvalidInput, match="needs a stack with a concrete region"):
        ModelImage.from_framework("xgboost", version="1.7-1", scope="inference").bind(anywhere, grants)
