"""Models that break a rule."""

from harness.aws_clients import AWS_IMAGE, ROLE
from harness.rules.case import BOUGHT, OCI_IMAGE, TWO, Request, RuleCase
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.models.model import Model
from sagemaker_constructs.models.model_container import ModelContainer
from sagemaker_constructs.models.model_package import ModelPackage

_IMAGE = ModelImage.from_directory("tests/unit/image")
_BOUGHT = {"PrimaryContainer": {"ModelPackageName": BOUGHT}}


def _model(**members: object) -> Request:
    return {"ModelName": "judged", "ExecutionRoleArn": ROLE, **members}


def _named(*hostnames: str | None) -> list[ModelContainer]:
    return [ModelContainer(_IMAGE, hostname=name) for name in hostnames]


CASES = {
    "primary-container-or-containers": RuleCase(
        refused=_model(PrimaryContainer={"Image": AWS_IMAGE}, Containers=TWO), taken=_model(Containers=TWO)
    ),
    "direct-containers-have-hostnames": RuleCase(
        refused=_model(Containers=[{"Image": AWS_IMAGE}] * 2, InferenceExecutionConfig={"Mode": "Direct"}),
        taken=_model(Containers=[{"Image": AWS_IMAGE}] * 2),
        synth=lambda stack: Model(stack, "Model", containers=_named("first", None), invocation="direct"),
    ),
    "hostnames-are-unique": RuleCase(
        refused=_model(Containers=[TWO[0], TWO[0]]),
        taken=_model(Containers=TWO),
        synth=lambda stack: Model(stack, "Model", containers=_named("first", "first")),
    ),
    "marketplace-models-are-isolated": RuleCase(
        refused=_model(**_BOUGHT),
        taken=_model(**_BOUGHT, EnableNetworkIsolation=True),
        synth=lambda stack: Model(stack, "Model", package=ModelPackage(BOUGHT), network_isolation=False),
    ),
    "images-have-docker-manifests": RuleCase(
        refused=_model(PrimaryContainer={"Image": OCI_IMAGE}),
        taken=_model(PrimaryContainer={"Image": AWS_IMAGE}),
        elsewhere="tests/emulator/sagemaker/models/test_image_manifests.py::test_oci_s_media_types_are_refused",
    ),
    "model-package-versions-without-tags": RuleCase(
        refused={"ModelPackageGroupName": "churn", "Tags": [{"Key": "team", "Value": "risk"}]},
        taken={"ModelPackageName": "churn", "Tags": [{"Key": "team", "Value": "risk"}]},
    ),
}
