"""Whether this machine can build the images, in a form that SageMaker takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.models import OCI_MANIFEST
from sagemaker_constructs.doctor.account import Account, NotSeen, NotThere
from sagemaker_constructs.doctor.check import Check, CheckResult
from sagemaker_constructs.doctor.image_builder import ImageBuilder
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment

_INSTALL = "https://docs.docker.com/engine/install/    # or https://runfinch.com and export CDK_DOCKER=finch"
_BUILDX = "https://docs.docker.com/build/install-buildx/"
_EMULATE = "docker run --privileged --rm tonistiigi/binfmt --install {}"
_INDEX = "application/vnd.oci.image.index.v1+json"


class ImageBuilderCheck(Check):
    """A builder that runs, for the images' platforms, whose manifests are Docker's: SageMaker refuses those of OCI.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html
    """

    title = "Image builder"
    place = 3
    once = True

    def look(self, planned: PlannedDeployment, account: Account) -> Iterator[CheckResult]:
        """Each row."""
        images = {name: each for stack in planned.stacks for name, each in stack.images.items()}
        if not images:
            yield self.fine(account, "builder", "no image is built")
            return
        builder = ImageBuilder.of_environment()
        yield from self._builder(account, builder, images)
        yield from account.each(images.items(), lambda image: self._pushed(account, *image))

    def _builder(
        self, account: Account, builder: ImageBuilder, images: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[CheckResult]:
        if not builder.is_there:
            others = builder.others
            words = f"{builder.program} is not there, and {len(images)} images are to be built"
            yield self.wrong(account, "builder", words, f"export CDK_DOCKER={others[0]}" if others else _INSTALL)
            return
        if builder.failure:
            words = f"{builder.program} does not run: {builder.failure}"
            remedy = {"finch": "finch vm start", "podman": "podman machine start"}.get(builder.kind, _INSTALL)
            yield self.wrong(account, "builder", words, remedy)
            return
        yield self.fine(account, "builder", builder.program)
        yield from self._manifests(account, builder, images)
        wanted = {str(each["source"].get("platform", "")) for each in images.values()} - {"", builder.own_platform}
        for each in sorted(wanted):
            if not builder.platforms:
                words = f"this machine is {builder.own_platform}, and {builder.kind} does not say what else it runs"
                yield self.unseen(account, f"platform {each}", words)
            elif each in builder.platforms:
                yield self.fine(account, f"platform {each}", "is emulated")
            else:
                command = _EMULATE.format(each.rpartition("/")[2])
                yield self.wrong(account, f"platform {each}", f"this machine is {builder.own_platform}", command)

    def _manifests(
        self, account: Account, builder: ImageBuilder, images: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[CheckResult]:
        """What the manifests will be like: of images that say what they want, and of those that leave it open."""
        told = [name for name, each in images.items() if _states_its_type(each)]
        if told and builder.kind == "podman":
            words = "the images ask for Docker's media types by --output, which podman does not understand"
            yield self.wrong(account, "manifest type", words, _INSTALL)
            return
        if told and not builder.has_buildx:
            words = "the images ask for Docker's media types by --output, which takes the plug-in buildx"
            yield self.wrong(account, "manifest type", words, _BUILDX)
            return
        for name in sorted(set(images) - set(told)):
            remedy = ""
            if builder.kind == "podman" and builder.environment.get("BUILDAH_FORMAT") != "docker":
                remedy = "export BUILDAH_FORMAT=docker"
            elif builder.kind == "docker" and builder.keeps_oci:
                remedy = "outputs=['type=docker,oci-mediatypes=false'] of the image asset    # as ModelImage has it"
            if remedy:
                words = f"{_named(name, images)} would be pushed with OCI's media types, which SageMaker refuses"
                yield self.wrong(account, "manifest type", words, remedy)
                return
        yield self.fine(account, "manifest type", "Docker's")

    def _pushed(self, account: Account, name: str, image: Mapping[str, Any]) -> CheckResult:
        """What the registry has of an image already, which the CDK does not build again."""
        subject = f"image {_named(name, {name: image})}"
        try:
            [destination, *_] = image["destinations"].values()
            repository = account.written(destination["repositoryName"])
            tag = str(destination["imageTag"])
            region = str(destination.get("region") or account.region)
            found = account.ask(
                "ecr", "DescribeImages", region=region, repositoryName=repository, imageIds=[{"imageTag": tag}]
            )["imageDetails"]
        except NotThere:
            return self.fine(account, subject, "is built at the deployment")
        except NotSeen as error:
            return self.unseen(account, subject, error)
        if found and found[0].get("imageManifestMediaType") in (OCI_MANIFEST, _INDEX):
            command = f"aws ecr batch-delete-image --repository-name {repository} --image-ids imageTag={tag}"
            command += f" --region {region}"
            words = "its manifest in the registry is OCI's, which SageMaker refuses; the CDK would not build it again"
            return self.wrong(account, subject, words, command)
        return self.fine(account, subject, "is in the registry")


def _states_its_type(image: Mapping[str, Any]) -> bool:
    return any("oci-mediatypes=false" in str(each) for each in image["source"].get("dockerOutputs", ()))


def _named(name: str, images: Mapping[str, Mapping[str, Any]]) -> str:
    return str(images[name].get("displayName") or name)
