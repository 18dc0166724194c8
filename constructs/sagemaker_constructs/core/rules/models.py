"""Models: their containers, and where these come from."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sagemaker_constructs.core.rules.catalogue import API, GUIDE, Broken, Call, Request, indexed, rule
from sagemaker_constructs.core.tokens import is_token

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_MULTI_CONTAINER = f"{GUIDE}/multi-container-endpoints.html"

MARKETPLACE_ACCOUNTS = frozenset(
    (
        *("057799348421", "077584701553", "136758871317", "192199979996", "270155090741", "382657785993"),
        *("446921602837", "470592106596", "594846645681", "666831318237", "745090734665", "843114510376"),
        *("856760150666", "865070037744", "977537786026", "985815980388"),
    )
)
"""The accounts that hold the Marketplace's packages, one in each region."""


def containers_of(model: Request) -> Sequence[Mapping[str, Any]]:
    """The definitions of a model's containers, none to 15; those of a package where the emulator has read it."""
    primary: Mapping[str, Any] | None = model.get("PrimaryContainer")
    return model.get("PackagedContainers") or model.get("Containers") or ([primary] if primary else [])


def is_multi_model(model: Request) -> bool:
    """Whether a container of the model serves many models."""
    return any(container.get("Mode") == "MultiModel" for container in containers_of(model))


def is_direct(model: Request) -> bool:
    """Whether callers choose one of several containers."""
    execution: Mapping[str, Any] = model.get("InferenceExecutionConfig") or {}
    return execution.get("Mode") == "Direct"


def of_marketplace(model: Request) -> bool:
    """Whether the model is a package of the Marketplace; of a package that only a deployment names, no."""
    primary: Mapping[str, Any] = model.get("PrimaryContainer") or {}
    return in_marketplace(primary.get("ModelPackageName") or "")


def in_marketplace(package_arn: str) -> bool:
    """Whether an account of the Marketplace holds the package."""
    return not is_token(package_arn) and any(part in MARKETPLACE_ACCOUNTS for part in package_arn.split(":")[4:5])


@rule("CreateModel", f"{API}/API_CreateModel.html", read="2026-11-24", enforced=("emulator",))
def primary_container_or_containers(call: Call) -> Iterator[Broken]:
    """A model has either a PrimaryContainer or Containers."""
    if call.request.get("Containers") and call.request.get("PrimaryContainer"):
        yield "Containers", "both"


@rule("CreateModel", _MULTI_CONTAINER, read="2026-11-24")
def direct_containers_have_hostnames(call: Call) -> Iterator[Broken]:
    """Each container of a model needs a ContainerHostname when containers are invoked directly."""
    if is_direct(call.request):
        for path, container in indexed("Containers", call.request.get("Containers") or ()):
            if not container.get("ContainerHostname"):
                yield f"{path}.ContainerHostname", "none"


@rule("CreateModel", _MULTI_CONTAINER, read="2026-11-24")
def hostnames_are_unique(call: Call) -> Iterator[Broken]:
    """Each ContainerHostname must be unique within the model."""
    seen: set[str] = set()
    for path, container in indexed("Containers", call.request.get("Containers") or ()):
        name = container.get("ContainerHostname")
        if name in seen:
            yield f"{path}.ContainerHostname", f"{name} twice"
        if name and not is_token(name):
            seen.add(name)


@rule("CreateModel", f"{GUIDE}/mkt-algo-model-internet-free.html", read="2026-11-24")
def marketplace_models_are_isolated(call: Call) -> Iterator[Broken]:
    """A model package of the AWS Marketplace requires network isolation."""
    isolated = call.request.get("EnableNetworkIsolation", False)
    if of_marketplace(call.request) and not isolated:
        yield "EnableNetworkIsolation", isolated


@rule(
    "CreateModelPackage",
    "https://github.com/aws/aws-cdk/issues/33699",
    read="2026-11-24",
    confidence="reported",
    enforced=("emulator",),
    words="Tags are not supported in Model Package versions. Please add them to the Model Package Group.",
)
def model_package_versions_without_tags(call: Call) -> Iterator[Broken]:
    """A version of a model package group takes no tags: those of its group apply."""
    if call.request.get("ModelPackageGroupName") and call.request.get("Tags"):
        yield "Tags", f"{len(call.request['Tags'])} tags"


@rule(
    "CreateModel",
    "https://github.com/aws/amazon-sagemaker-feedback/issues/180",
    read="2026-11-24",
    confidence="reported",
    enforced=("emulator",),
    words=f"Unsupported manifest media type {OCI_MANIFEST} for image {{got}}. Ensure that valid manifest media type "
    "is used for specified image.",
)
def images_have_docker_manifests(call: Call) -> Iterator[Broken]:
    """The manifest of an image must have Docker's media type, and not that of OCI."""
    primary: Mapping[str, Any] = call.request.get("PrimaryContainer") or {}
    listed = indexed("Containers", call.request.get("Containers") or ())
    for path, container in [("PrimaryContainer", primary), *listed]:
        image = call.find("Image", container.get("Image", ""))
        if image and image.get("MediaType") == OCI_MANIFEST:
            yield f"{path}.Image", container["Image"]
