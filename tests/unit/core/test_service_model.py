"""What is kept of botocore's model is what botocore says, and spares synthesis from reading all of it."""

import os
import subprocess
import sys
from pathlib import Path

import botocore
import pytest

from sagemaker_constructs.core import service_model
from tools import service_model as tool


def test_what_is_kept_is_what_botocore_says() -> None:
    assert tool.TARGET.read_text() == tool.excerpt_text(), "run: python -m tools.service_model"


@pytest.mark.whole
def test_the_platform_is_synthesized_without_the_model(tmp_path: Path) -> None:
    program = "import app, sys; failed = app.main(); sys.exit(failed or 'botocore.loaders' in sys.modules)"
    environment = {**os.environ, "CDK_VALIDATION": "false", "CDK_OUTDIR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=environment).returncode == 0
    assert (tmp_path / "manifest.json").is_file()


def test_another_version_of_botocore_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = service_model.enum_values("TransformInstanceType"), service_model.sagemaker_regions()
    service_model._excerpt.cache_clear()  # pyright: ignore[reportPrivateUsage]
    with monkeypatch.context() as another:
        another.setattr(botocore, "__version__", "0.0.0")
        asked: list[str] = []

        def bundled_shape(name: str, service: str) -> dict[str, object]:
            asked.append(f"{service} {name}")
            return {"enum": ["ml.of.tomorrow"]}

        another.setattr(service_model, "bundled_shape", bundled_shape)
        assert service_model.enum_values("TransformInstanceType") == ("ml.of.tomorrow",)
        assert asked == ["sagemaker TransformInstanceType"]
        assert service_model.sagemaker_regions() == kept[1]
    service_model._excerpt.cache_clear()  # pyright: ignore[reportPrivateUsage]
    assert service_model.enum_values("TransformInstanceType") == kept[0]
