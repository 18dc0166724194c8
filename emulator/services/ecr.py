"""ECR's answers about images, taken from the images that were really built and pushed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.coverage import Coverage
from emulator.images.store import ImageReference, ImageStore
from emulator.ministack.hooks import Handler, current_scope, wrap_service
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body

COVERAGE = (
    Coverage(
        "ECR",
        real="repositories; images that the docker stand-in pushed, so that `cdk deploy` builds exactly when it must",
        recorded="scanning, lifecycle",
        refused="pulling layers",
    ),
)


class Registry:
    """Answers DescribeImages, ListImages, BatchGetImage and BatchDeleteImage for repositories that exist.

    Args:
        images: The images that the docker stand-in built and pushed.
    """

    def __init__(self, images: ImageStore) -> None:
        self._images = images

    def _pushed(self, repository: str) -> list[ImageReference]:
        scope = current_scope()
        host = f"{scope.account}.dkr.ecr.{scope.region}.amazonaws.com"
        return self._images.references(f"{host}/{repository}", pushed_only=True)

    def describe_images(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Details of the pushed images, or of those asked for; raises ImageNotFoundException."""
        repository = str(request["repositoryName"])
        images = self._chosen(repository, request.get("imageIds") or [])
        return {
            "imageDetails": [
                {
                    "registryId": current_scope().account,
                    "repositoryName": repository,
                    "imageDigest": digest,
                    "imageTags": sorted(reference.tag for reference in references),
                    "imagePushedAt": _epoch(references[0]),
                    "imageManifestMediaType": references[0].media_type,
                }
                for digest, references in images.items()
            ]
        }

    def list_images(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Digest and tag of every pushed image."""
        return {
            "imageIds": [
                {"imageDigest": reference.digest, "imageTag": reference.tag}
                for reference in self._pushed(str(request["repositoryName"]))
            ]
        }

    def batch_get_image(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Images asked for, and a failure for each that is not there."""
        repository = str(request["repositoryName"])
        found: list[dict[str, Any]] = []
        failures: list[dict[str, Any]] = []
        for wanted in request["imageIds"]:
            match = next((one for one in self._pushed(repository) if _is(one, wanted)), None)
            if match is None:
                failures.append(
                    {"imageId": wanted, "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
                )
            else:
                found.append(
                    {
                        "registryId": current_scope().account,
                        "repositoryName": repository,
                        "imageId": {"imageDigest": match.digest, "imageTag": match.tag},
                        "imageManifestMediaType": match.media_type,
                        "imageManifest": json.dumps({"schemaVersion": 2, "mediaType": match.media_type}),
                    }
                )
        return {"images": found, "failures": failures}

    def batch_delete_image(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Take the images asked for away, and tell a failure for each that is not there."""
        repository = str(request["repositoryName"])
        deleted: list[Mapping[str, str]] = []
        failures: list[Mapping[str, Any]] = []
        for wanted in request["imageIds"]:
            matching = [one for one in self._pushed(repository) if _is(one, wanted)]
            if not matching:
                reason = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
                failures.append({"imageId": wanted, **reason})
            for one in matching:
                self._images.delete(one.name)
                deleted.append({"imageDigest": one.digest, "imageTag": one.tag})
        return {"imageIds": deleted, "failures": failures}

    def _chosen(self, repository: str, wanted: Sequence[Mapping[str, str]]) -> dict[str, list[ImageReference]]:
        pushed = self._pushed(repository)
        digests: dict[str, list[ImageReference]] = {}
        for reference in pushed:
            digests.setdefault(reference.digest, []).append(reference)
        chosen: dict[str, list[ImageReference]] = {}
        for one in wanted:
            match = next((reference for reference in pushed if _is(reference, one)), None)
            if match is None:
                named = ", ".join(f"{name}:'{one.get(name, 'null')}'" for name in ("imageDigest", "imageTag"))
                raise ServiceError(
                    "ImageNotFoundException",
                    f"The image with imageId {{{named}}} does not exist "
                    f"within the repository with name '{repository}' in the registry with id "
                    f"'{current_scope().account}'",
                )
            chosen[match.digest] = digests[match.digest]
        return chosen if wanted else digests


def _is(reference: ImageReference, wanted: Mapping[str, str]) -> bool:
    return (
        wanted.get("imageTag", reference.tag) == reference.tag
        and wanted.get("imageDigest", reference.digest) == reference.digest
    )


def _epoch(reference: ImageReference) -> float:
    return datetime.datetime.fromisoformat(str(reference.pushed_at)).timestamp()


def add_honest_registry(images: ImageStore) -> None:
    """Answer the operations about images ourselves once MiniStack has said that the repository exists."""
    registry = Registry(images)
    answers = {
        "DescribeImages": registry.describe_images,
        "ListImages": registry.list_images,
        "BatchDeleteImage": registry.batch_delete_image,
        "BatchGetImage": registry.batch_get_image,
    }

    def wrap(original: Handler) -> Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> tuple[int, dict[str, str], bytes]:
            response = await original(method, path, headers, body, query)
            answer = answers.get(headers.get("x-amz-target", "").rsplit(".", 1)[-1])
            missing = response[0] >= 400 and b"RepositoryNotFoundException" in response[2]
            if answer is None or missing:
                return response
            try:
                return json_response(200, answer(parsed_body(body)))
            except ServiceError as error:
                return error_response(error)

        return handle

    wrap_service("ecr", wrap)
