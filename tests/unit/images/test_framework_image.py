"""Framework images: the same URIs as the SageMaker Python SDK, and refusals that say what is allowed."""

import json
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, cast

import pytest

from sagemaker_constructs.images.framework_image import (
    FrameworkImage,
    Scope,
    UnknownFrameworkImage,
    framework_image,
    frameworks,
)

PROJECT = Path(__file__).parents[3]
TABLE = PROJECT / "constructs" / "sagemaker_constructs" / "images" / "framework_images.json"
INSTANCE_TYPES = {
    "training": ["ml.m5.xlarge", "ml.p4d.24xlarge"],
    "inference": ["ml.c7i.large", "ml.g5.xlarge"],
    "graviton": ["ml.c7g.large"],
    "processing": ["ml.m5.4xlarge"],
}


@pytest.fixture(scope="module")
def generator() -> Any:
    spec = spec_from_file_location("framework_images", PROJECT / "tools" / "framework_images.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_image_of_a_framework() -> None:
    image = framework_image(
        "pytorch", version="2.6.0", region="eu-central-1", scope="inference", processor="gpu", python="py312"
    )

    assert image == FrameworkImage(
        uri="763104351884.dkr.ecr.eu-central-1.amazonaws.com/pytorch-inference:2.6.0-gpu-py312",
        account="763104351884",
        region="eu-central-1",
        repository="pytorch-inference",
        tag="2.6.0-gpu-py312",
    )


def test_image_of_an_algorithm_in_another_partition() -> None:
    image = framework_image("k-means", region="cn-north-1", scope="training")

    assert image.uri == "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/kmeans:1"


def test_instance_type_selects_the_processor() -> None:
    images = [
        framework_image("pytorch", version="2.6.0", region="us-east-1", scope="inference", instance_type=each)
        for each in ("ml.m7i.large", "ml.g5.xlarge", "ml.c8g.large")
    ]

    assert [image.tag.split("-")[1] for image in images] == ["cpu", "gpu", "cpu"]
    assert images[2].repository == "pytorch-inference-arm64"


@pytest.mark.parametrize("name", frameworks())
def test_every_framework_has_an_image_in_every_region_it_lists(name: str) -> None:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    found = 0
    for scope, versions in table["frameworks"][name].items():
        for version, entry in versions.items():
            for region, account in table["registries"][entry["registries"]].items():
                image = _image(name, scope, version, entry, region, INSTANCE_TYPES[scope][0])
                found += 1 if image is None else image.account == account
    assert found > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"framework": "pytorhc"}, "framework must be a known value, got: 'pytorhc'; did you mean pytorch?"),
        ({"version": "2.6.7"}, "pytorch version must be a known value, got: '2.6.7'; did you mean "),
        ({"version": None}, "pytorch version must be given; allowed: "),
        ({"region": "eu-central1"}, "region of pytorch must be a known value, got: 'eu-central1'; did you mean eu-"),
        ({"scope": "processing"}, "pytorch scope must be a known value, got: 'processing'; allowed: "),
        ({"python": "py27"}, "python must be a known value, got: 'py27'; allowed: py312"),
        ({"processor": None}, "pytorch processor must be given; allowed: cpu, gpu"),
        ({"processor": "tpu"}, "processor must be a known value, got: 'tpu'; "),
        ({"instance_type": "ml.m5.large"}, "processor must be left out when instance_type is given"),
        ({"processor": None, "instance_type": "m5"}, "instance_type must look like ml.m5.large, got: 'm5'"),
        ({"processor": None, "instance_type": "ml.inf2.xlarge"}, "instance_type must not be of an Inferentia or "),
        (
            {"framework": "scikit-learn", "version": "1.9-0", "processor": None, "instance_type": "ml.g5.xlarge"},
            "instance_type must have one of the processors cpu for scikit-learn, got: 'ml.g5.xlarge' (gpu)",
        ),
        (
            {"framework": "autogluon", "version": "1.5.0", "processor": None, "instance_type": "ml.c7g.large"},
            "autogluon scope must be a known value, got: 'graviton'; allowed: training, inference",
        ),
        ({"framework": "k-means", "version": "1", "python": "py3"}, "python must be left out for this k-means image"),
    ],
)  # fmt: skip
def test_refusal_says_what_is_allowed(arguments: dict[str, Any], message: str) -> None:
    valid: dict[str, Any] = {
        "framework": "pytorch",
        "version": "2.6.0",
        "region": "us-east-1",
        "scope": "inference",
        "processor": "cpu",
    }

    with pytest.raises(UnknownFrameworkImage) as raised:
        framework_image(**{**valid, **arguments})

    assert str(raised.value).startswith(message)


def test_table_is_current(generator: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "TABLE", tmp_path / "table.json")

    generator.main()

    assert (tmp_path / "table.json").read_bytes() == TABLE.read_bytes()


def test_images_equal_those_of_the_sdk(generator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    retrieve: Any = import_module("sagemaker.core.image_uris").retrieve
    # The SDK reads botocore's list of all endpoints again for each image.
    common_utils: Any = import_module("sagemaker.core.common_utils")
    monkeypatch.setattr(common_utils, "_botocore_resolver", cache(common_utils._botocore_resolver))
    sdk_names = {name: sdk_name for sdk_name, name in generator.FRAMEWORKS.items()}
    sdk_scopes = {scope: sdk_scope for sdk_scope, scope in generator.SCOPES.items()}
    seen_regions: set[str] = set()
    compared = 0

    for name, scope, version, region, entry in _sample():
        for instance_type in INSTANCE_TYPES[scope]:
            image = _image(name, scope, version, entry, region, instance_type)
            if image is None:
                continue
            base, _, transformers = version.partition("-transformers")
            hugging_face = {"base_framework_version": base} if transformers else {}
            assert image.uri == retrieve(
                sdk_names[name],
                region,
                version=transformers or version,
                py_version=entry["python"][-1] if entry["python"] else None,
                instance_type=instance_type,
                image_scope=sdk_scopes[scope],
                **hugging_face,
            )
            compared += 1
            seen_regions.add(region)

    assert compared >= 2 * len(sdk_names)
    assert seen_regions >= {"us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1"}


def _sample() -> list[tuple[str, str, str, str, dict[str, Any]]]:
    """Return the oldest and the newest version of every framework and scope, the regions dealt out in turn."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    dealt = 0
    sample: list[tuple[str, str, str, str, dict[str, Any]]] = []
    for name, scopes in table["frameworks"].items():
        for scope, versions in scopes.items():
            for version in dict.fromkeys([next(iter(versions)), list(versions)[-1]]):
                entry = versions[version]
                regions = list(table["registries"][entry["registries"]])
                dealt += 1
                sample.append((name, scope, version, regions[dealt % len(regions)], entry))

    entry = table["frameworks"]["pytorch"]["training"]["2.10.0"]
    sample += [
        ("pytorch", "training", "2.10.0", region, entry) for region in table["registries"][entry["registries"]]
    ]
    return sample


def _image(
    name: str, scope: str, version: str, entry: dict[str, Any], region: str, instance_type: str
) -> FrameworkImage | None:
    """Return an image of the table, None where it exists for other processors only."""
    needed = "gpu" if instance_type.startswith(("ml.g", "ml.p")) else "cpu"
    if entry["processors"] and needed not in entry["processors"]:
        return None
    return framework_image(
        name,
        version=version,
        region=region,
        scope=cast(Scope, "inference" if scope == "graviton" else scope),
        python=entry["python"][-1] if entry["python"] else None,
        instance_type=instance_type,
    )
