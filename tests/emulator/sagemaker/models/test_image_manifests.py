"""Models take images whose manifest SageMaker reads."""

from pathlib import Path
from typing import Any

from emulator.images.store import OCI_MANIFEST, ImageStore
from harness.aws_clients import ROLE, refused
from harness.containers.echo_image import write_echo

URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:oci"


def test_oci_s_media_types_are_refused(sagemaker: Any, image_root: Path, tmp_path: Path, echo_image: str) -> None:
    context = write_echo(tmp_path / "image")
    ImageStore(image_root).build(context, context / "Dockerfile", [URI], media_type=OCI_MANIFEST)
    ImageStore(image_root).push(URI)
    words = f"Unsupported manifest media type {OCI_MANIFEST} for image {URI}."
    for containers in ({"PrimaryContainer": {"Image": URI}}, {"Containers": [{"Image": echo_image}, {"Image": URI}]}):
        code, message = refused(sagemaker.create_model, ModelName="oci", ExecutionRoleArn=ROLE, **containers)
        assert (code, message.startswith(words)) == ("ValidationException", True), message
    sagemaker.create_model(ModelName="docker", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": echo_image})
