import pytest

from sagemaker_constructs.core.rules.instance_types import has_local_storage


@pytest.mark.parametrize(
    "instance_type",
    [
        "ml.g4dn.xlarge",
        "ml.g5.2xlarge",
        "ml.p4d.24xlarge",
        "ml.m5d.large",
        "ml.c6gd.large",
        "ml.r6id.xlarge",
        "ml.g6e.xlarge",
    ],
)
def test_families_with_local_disks(instance_type: str) -> None:
    assert has_local_storage(instance_type)


@pytest.mark.parametrize(
    "instance_type",
    ["ml.m5.large", "ml.c7i.large", "ml.inf2.xlarge", "ml.t2.medium", "ml.p3.2xlarge", "ml.m6g.large"],
)
def test_families_on_volumes(instance_type: str) -> None:
    assert not has_local_storage(instance_type)
