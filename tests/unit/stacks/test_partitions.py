"""Templates for China and GovCloud name their own partition only."""

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from harness.platform_templates import PROJECT
from stacks.settings import load_settings
from stacks.stage import Platform


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_every_arn_is_of_the_region_s_partition(
    context: dict[str, Any], tmp_path: Path, region: str, partition: str
) -> None:
    text = (PROJECT / "config" / "dev.yaml").read_text(encoding="utf-8")
    config = tmp_path / "dev.yaml"
    # SageMaker has no MLflow there.
    without = re.sub(r"(?m)^tracking: .*\n", "", text)
    config.write_text(without.replace("region: us-east-1", f"region: {region}"), encoding="utf-8")
    app = cdk.App(context=context, outdir=str(tmp_path / "out"))
    Platform(app, "dev", settings=load_settings(config))
    app.synth()
    templates = [path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("*.template.json")]
    named = {name for template in templates for name in re.findall(r"arn:(aws[a-z-]*):", template)}
    assert named == {partition}
    assert not [template for template in templates if "us-east-1" in template]
