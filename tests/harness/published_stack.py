"""Stacks of CDK constructs, deployed over boto3 with the code of their functions, or by the command line."""

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from harness.aws_clients import Clients
from harness.deployed_stack import Stack

Cdk = Callable[..., subprocess.CompletedProcess[str]]
"""Runs `cdk` with its arguments on what ``program`` synthesizes; other keywords become environment variables."""
_BUCKET = "function-code"


def deploy(
    client: Clients, name: str, build: Callable[[cdk.Stack], None], *, context: dict[str, Any], outdir: Path
) -> Stack:
    """Deploy what ``build`` adds to the stack ``name``; fails with the reasons when it cannot be created."""
    body = publish(client, name, build, context, outdir)
    deployed = Stack(client("cloudformation"), name)
    deployed.cloudformation.create_stack(StackName=name, TemplateBody=body)
    assert deployed.settled() == "CREATE_COMPLETE", deployed.reasons()
    return deployed


def update(client: Clients, stack: Stack, build: Callable[[cdk.Stack], None], *, outdir: Path) -> str:
    """Deploy what ``build`` adds now; returns the status of the stack afterwards."""
    body = publish(client, stack.name, build, {}, outdir)
    stack.cloudformation.update_stack(StackName=stack.name, TemplateBody=body)
    return stack.settled()


def publish(
    client: Clients, name: str, build: Callable[[cdk.Stack], None], context: dict[str, Any], outdir: Path
) -> str:
    """The template of the stack ``name`` with what ``build`` adds, and its assets published."""
    app = cdk.App(context=context, outdir=str(outdir))
    stack = cdk.Stack(
        app,
        name,
        synthesizer=cdk.DefaultStackSynthesizer(
            file_assets_bucket_name=_BUCKET, generate_bootstrap_version_rule=False
        ),
        env=cdk.Environment(account="123456789012", region="us-east-1"),
    )
    build(stack)
    app.synth()
    _publish_assets(client("s3"), outdir, name)
    # A request takes 51,200 characters of a template.
    template = json.loads((outdir / f"{name}.template.json").read_text(encoding="utf-8"))
    return json.dumps(template, separators=(",", ":"))


def _publish_assets(s3: Any, outdir: Path, name: str) -> None:
    s3.create_bucket(Bucket=_BUCKET)
    assets = json.loads((outdir / f"{name}.assets.json").read_text(encoding="utf-8"))["files"]
    for asset in assets.values():
        source = outdir / asset["source"]["path"]
        [place] = asset["destinations"].values()
        body = _zipped(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
        s3.put_object(Bucket=_BUCKET, Key=place["objectKey"], Body=body)


def _zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(folder))
    return content.getvalue()
