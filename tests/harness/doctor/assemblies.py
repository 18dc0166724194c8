"""Folders as ``cdk synth`` writes them, by hand, for what the tests of the doctor plant in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Resources = Mapping[str, Mapping[str, Any]]

_ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-%s-role-${AWS::AccountId}-us-east-1"
IMAGE_TAG = "0123456789abcdef"
REPOSITORY = "cdk-hnb659fds-container-assets-%s-us-east-1"


def write_assembly(
    folder: Path,
    stacks: Mapping[str, Resources],
    *,
    account: str = "unknown-account",
    image: Mapping[str, Any] | None = None,
) -> Path:
    """The assembly of ``stacks``, by their names; the first one publishes an image of the source ``image``."""
    folder.mkdir(parents=True, exist_ok=True)
    artifacts: dict[str, Any] = {}
    for name, resources in stacks.items():
        template = folder / f"{name}.template.json"
        template.write_text(json.dumps({"Resources": resources}), encoding="utf-8")
        images = {IMAGE_TAG: _image(image)} if image and not artifacts else {}
        files = {"0" * 64: _file(template.name)}
        assets = folder / f"{name}.assets.json"
        assets.write_text(json.dumps({"version": "55.0.0", "files": files, "dockerImages": images}), encoding="utf-8")
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/us-east-1",
            "displayName": name,
            "properties": {
                "templateFile": template.name,
                "stackName": name,
                "assumeRoleArn": _ROLE % "deploy",
                "cloudFormationExecutionRoleArn": _ROLE % "cfn-exec",
                "requiresBootstrapStackVersion": 6,
                "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
            },
        }
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": artifacts}), encoding="utf-8")
    return folder


def named(kind: str, **properties: Any) -> Mapping[str, Any]:
    """A resource of a template."""
    return {"Type": f"AWS::{kind}", "Properties": properties}


def _file(path: str) -> Mapping[str, Any]:
    destination = {
        "bucketName": "cdk-hnb659fds-assets-${AWS::AccountId}-us-east-1",
        "objectKey": f"{path}.json",
        "region": "us-east-1",
        "assumeRoleArn": _ROLE % "file-publishing",
    }
    return {"source": {"path": path, "packaging": "file"}, "destinations": {"here": destination}}


def _image(source: Mapping[str, Any]) -> Mapping[str, Any]:
    destination = {
        "repositoryName": REPOSITORY % "${AWS::AccountId}",
        "imageTag": IMAGE_TAG,
        "region": "us-east-1",
        "assumeRoleArn": _ROLE % "image-publishing",
    }
    return {"displayName": "echo", "source": source, "destinations": {"here": destination}}
