"""The Python that a reader would copy: each block runs, and what it defines synthesizes.

A block that makes its own ``app`` is a whole app. Any other is the body of a stack's constructor, where ``self`` is
the stack.
"""

import ast
import subprocess
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from harness.documents import DOMAINS, PROJECT, Block, blocks, name
from harness.policies import allowed, statements_of
from sagemaker_constructs.core.problems import InvalidInput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.serving.endpoints.real_time_endpoint import RealTimeEndpoint
from sagemaker_constructs.serving.variants.variant import Variant

WITHOUT_RESOURCES = ("cost", "doctor", "plan")
"""Domains that give advice, and provision nothing."""
README = PROJECT / "README.md"
BLOCKS = [block for page in (README, *DOMAINS) for block in blocks(page, "python")]


@pytest.fixture(autouse=True)
def _beside_what_the_readme_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder in which a reader has followed the README, with the folders that pages name."""
    [written] = [block.body for block in blocks(README, "sh") if "model/code" in block.body]
    subprocess.run(["sh", "-e", "-c", written], cwd=tmp_path, check=True)
    for folder in ("containers", "examples", "models"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    monkeypatch.chdir(tmp_path)


def _resources(block: Block, app: cdk.App) -> dict[str, Any]:
    """The resources of the templates that ``block`` makes, by stack and logical id."""
    stack = cdk.Stack(app, "Documented", env=cdk.Environment(region="us-east-1"))
    names: dict[str, Any] = {"self": stack, "__name__": "documented"}
    exec(compile(block.body, block.place, "exec"), names)
    assembly = names.get("app", app).synth()
    return {
        f"{synthesized.stack_name}/{logical_id}": resource
        for synthesized in assembly.stacks
        for logical_id, resource in synthesized.template.get("Resources", {}).items()
    }


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_synthesizes(block: Block, app: cdk.App) -> None:
    deploys = block.page.parent.name not in WITHOUT_RESOURCES
    assert bool(_resources(block, app)) == deploys


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_shows_its_imports(block: Block) -> None:
    imported = [node for node in ast.walk(ast.parse(block.body)) if isinstance(node, ast.ImportFrom)]
    whole = [
        name.name for node in ast.walk(ast.parse(block.body)) if isinstance(node, ast.Import) for name in node.names
    ]
    named = [node.module or "" for node in imported]
    assert any(module.startswith("sagemaker_constructs") for module in [*whole, *named])


@pytest.mark.parametrize("page", DOMAINS, ids=name)
def test_each_domain_has_an_example(page: Path) -> None:
    assert blocks(page, "python")


def test_each_domain_has_a_page() -> None:
    folders = {path.parent for path in (PROJECT / "constructs" / "sagemaker_constructs").glob("*/__init__.py")}
    assert folders == {page.parent for page in DOMAINS}


def test_the_first_example_scales_two_endpoints_and_invokes_one_through_a_door(app: cdk.App) -> None:
    [block] = blocks(README, "python")
    resources = _resources(block, app)
    types = [resource["Type"] for resource in resources.values()]
    assert types.count("AWS::SageMaker::Endpoint") == 2
    assert types.count("AWS::ApplicationAutoScaling::ScalableTarget") == 2
    assert types.count("AWS::ApiGateway::RestApi") == 1
    assert "sagemaker:InvokeEndpoint" in str(resources)


def test_the_spark_example_may_do_what_its_script_does(app: cdk.App) -> None:
    page = PROJECT / "constructs" / "sagemaker_constructs" / "data" / "README.md"
    [block] = [each for each in blocks(page, "python") if "SparkJob(" in each.body]
    resources = _resources(block, app)
    [arguments] = [
        each["Properties"]["DefaultArguments"] for each in resources.values() if each["Type"] == "AWS::Glue::Job"
    ]
    found = statements_of(resources)
    script = Path("clean_orders.py").read_text()
    for argument, used, action in (
        ("source", "read.parquet(options['source'])", "s3:GetObject"),
        ("target", "mode('overwrite').parquet(options['target'])", "s3:PutObject"),
        ("target", "mode('overwrite').parquet(options['target'])", "s3:DeleteObject"),
    ):
        assert used in script
        place = str(arguments[f"--{argument}"]).removeprefix("s3://")
        assert any(f":s3:::{place}*" in str(each) for each in allowed(found, action)), (argument, action)


def test_a_mistake_in_a_block_is_found(app: cdk.App) -> None:
    [block] = blocks(README, "python")
    wrong = Block(block.page, block.line, block.language, block.body.replace("ml.c7i.large", "ml.c7i.larg"))
    with pytest.raises(ValueError, match=r"did you mean ml\.c7i\.large"):
        _resources(wrong, app)


def test_the_refusal_that_a_page_quotes_is_the_one_that_comes(app: cdk.App) -> None:
    [quoted] = blocks(PROJECT / "constructs" / "sagemaker_constructs" / "core" / "README.md", "")
    stack = cdk.Stack(app, "ChurnServing")
    model = Model(stack, "Churn", image=ModelImage.from_library("tabular"))
    with pytest.raises(InvalidInput) as refused:
        RealTimeEndpoint(
            stack,
            "ChurnApi",
            variants=[Variant(model, instance_type="ml.c7i.larg")],
            encryption_key=cast(kms.IKey, kms.Key(stack, "Key")),
        )
    assert f"{refused.value}\n" == quoted.body
