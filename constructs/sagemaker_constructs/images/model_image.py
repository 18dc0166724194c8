"""The image of a model or job, wherever it comes from."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal
from weakref import WeakKeyDictionary

from aws_cdk import Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as ecr_assets
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.assets import asset_root
from sagemaker_constructs.core.base_construct import location_of
from sagemaker_constructs.core.instances.instance_types import Architecture
from sagemaker_constructs.core.places import partition, path_of
from sagemaker_constructs.core.problems import InvalidInput, Problem, one_of, reject
from sagemaker_constructs.core.rules.instance_types import is_graviton
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.images.build_context import (
    LEFT_OUT,
    copied_contexts,
    declared_arguments,
    staged_context,
)
from sagemaker_constructs.images.framework_image import (
    FrameworkImage,
    Processor,
    Scope,
    UnknownFrameworkImage,
    framework_image,
)

_ARNS: "WeakKeyDictionary[ecr.IRepository, str]" = WeakKeyDictionary()
_URIS: "WeakKeyDictionary[ecr.IRepository, dict[str, str]]" = WeakKeyDictionary()
_PUBLISHED: "WeakKeyDictionary[Stack, dict[str, tuple[str, str]]]" = WeakKeyDictionary()


class ModelImage(ABC):
    """A container image that a model or a job runs.

    Make one with ``from_directory`` or ``from_library`` (built and published by the CDK command line),
    ``from_repository`` or ``from_uri`` (pushed by someone else) or ``from_framework`` (owned by AWS; looked up in a
    table, without network).
    """

    architecture: Architecture | None = None
    """The processors that it is built for; None where only its registry knows."""

    @property
    def packages(self) -> frozenset[str] | None:
        """The packages of its lock; None where only the image itself has them."""
        return None

    @abstractmethod
    def bind(self, scope: Construct, grants: Grants) -> str:
        """The image's URI, for a resource below ``scope``; ``grants`` gets the right to pull it."""

    @staticmethod
    def from_directory(
        path: str | Path,
        *,
        build_contexts: Mapping[str, str | Path] | None = None,
        build_arguments: Mapping[str, str] | None = None,
    ) -> "ModelImage":
        """An image built from the ``Dockerfile`` in ``path``, for linux/amd64.

        ``build_contexts`` are further folders that it copies from by name (``COPY --from=NAME``); without it, a name
        that is no stage means the folder of that name beside ``path``, if there is one. What these folders hold
        counts for the image's tag too, without what a ``.dockerignore`` leaves out and without ``__pycache__``,
        ``*.pyc`` and ``.DS_Store``; so do ``build_arguments``, values for the ``ARG`` names of the
        ``Dockerfile`` (such as ``{"LOCK": "requirements-cpu.txt"}``); they stay readable in the image, so that
        secrets do not belong there.

        ``bind`` raises ``InvalidInput`` when a folder or the ``Dockerfile`` is missing, or when it has no ``ARG`` of
        a build argument's name.

        See https://docs.docker.com/reference/cli/docker/buildx/build/#build-context
        """
        return _DirectoryImage(Path(path), build_contexts, build_arguments or {})

    @staticmethod
    def from_library(
        name: Literal["label_studio", "monitor", "notebooks", "pytorch", "tabular", "wrangling"],
        *,
        build_arguments: Mapping[str, str] | None = None,
    ) -> "ModelImage":
        """An image that comes with the library: ``tabular`` trains and serves gradient-boosted trees, ``pytorch``
        neural networks; both serve scripts with ``model_fn`` and its kin. ``notebooks`` runs notebooks and scripts.
        ``label_studio`` is what a ``LabelStudioServer`` runs, ``wrangling`` a ``DataWranglerFlow``, ``monitor`` a
        ``DriftMonitor``.

        Built as ``from_directory`` builds it; ``build_arguments`` are the same. ``bind`` raises ``InvalidInput`` for
        another name.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms.html
        """
        return _LibraryImage(name, build_arguments or {})

    @staticmethod
    def from_repository(repository: ecr.IRepository, tag_or_digest: str) -> "ModelImage":
        """An image in an ECR repository, by tag or, better, by digest (``sha256:…``)."""
        return _RepositoryImage(repository, tag_or_digest)

    @staticmethod
    def from_uri(uri: str) -> "ModelImage":
        """An image by its URI ``<account>.dkr.ecr.<region>.<domain>/<repository>:<tag>`` or ``@sha256:…``.

        The role gets the right to pull from that repository; one of another account has to let it in as well.
        ``bind`` raises ``InvalidInput`` for anything that is not an image in Amazon ECR, and for the tag ``latest``.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-containers-inference-private.html
        """
        return _UriImage(uri)

    @staticmethod
    def from_result(uri: str) -> "ModelImage":
        """The image that a job of AWS has chosen, by its URI, which is only there at deployment.

        The role gets the right to pull every image that its registry lets it, as the registry is not named before.

        See https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-container-output.html
        """
        return _ChosenImage(uri)

    @staticmethod
    def from_framework(
        framework: str,
        *,
        scope: Scope,
        version: str | None = None,
        python: str | None = None,
        processor: Processor | None = None,
        instance_type: str | None = None,
    ) -> "ModelImage":
        """An image that AWS owns: TensorFlow, PyTorch, MXNet, XGBoost, scikit-learn or a built-in algorithm.

        The region is the stack's, which has to be concrete. ``bind`` raises ``InvalidInput`` when there is no
        such image; see ``framework_image`` for the arguments.

        See https://docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths/sagemaker-algo-docker-registry-paths.html
        """

        def look_up(region: str) -> FrameworkImage:
            return framework_image(
                framework,
                region=region,
                scope=scope,
                version=version,
                python=python,
                processor=processor,
                instance_type=instance_type,
            )

        arm = instance_type is not None and is_graviton(instance_type)
        return _FrameworkImage(look_up, "arm64" if arm else "amd64")


class _DirectoryImage(ModelImage):
    architecture = "amd64"

    def __init__(
        self, path: Path, build_contexts: Mapping[str, str | Path] | None, build_arguments: Mapping[str, str]
    ) -> None:
        self._path = path
        self._build_contexts = build_contexts
        self._build_arguments = build_arguments

    @property
    def packages(self) -> frozenset[str] | None:
        """The packages of the lock in its folder; None for a folder without one."""
        lock = self._path / "requirements.txt"
        if not lock.is_file():
            return None
        return frozenset(re.findall(r"^([A-Za-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE))

    def bind(self, scope: Construct, grants: Grants) -> str:
        reject(scope, [_directory_problem(self._path)])
        folders = self._folders()
        missing = [(name, folder) for name, folder in folders.items() if not folder.is_dir()]
        known = declared_arguments((self._path / "Dockerfile").read_text())
        arguments = ", ".join(known) or "none"
        reject(
            scope,
            [
                *[
                    Problem("", f"build context {name!r} must be a folder, got: {str(folder)!r}")
                    for name, folder in missing
                ],
                *[
                    Problem("", f"build argument must be one of {arguments} of the Dockerfile, got: {name!r}")
                    for name in self._build_arguments
                    if name not in known
                ],
            ],
        )
        key = f"{self._path.resolve()} {sorted(folders.items())} {sorted(self._build_arguments.items())}"
        published = _PUBLISHED.setdefault(location_of(scope).stack, {})
        if key not in published:
            published[key] = self._publish(scope, folders)
        repository, uri = published[key]
        grants.allow(*_PULL, on=repository)
        _allow_login(grants)
        return uri

    def _publish(self, scope: Construct, folders: Mapping[str, Path]) -> tuple[str, str]:
        """The repository and the URI of the image, which a stack publishes once however many models run it."""
        contexts = {name: staged_context(scope, name, folder) for name, folder in folders.items()}
        asset = ecr_assets.DockerImageAsset(
            scope,
            "Image",
            directory=str(self._path.resolve()),
            exclude=LEFT_OUT,
            platform=_platform(),
            asset_name=self._path.name,
            display_name=self._path.name,
            build_args=dict(self._build_arguments) or None,
            build_contexts={name: context.location for name, context in contexts.items()} or None,
            extra_hash=",".join(context.digest for context in contexts.values()) or None,
            # Builders differ in what they write by default, and SageMaker has refused OCI's media types:
            # https://github.com/aws/amazon-sagemaker-feedback/issues/180
            outputs=["type=docker,oci-mediatypes=false"],
        )
        return asset.repository.repository_arn, asset.image_uri

    def _folders(self) -> dict[str, Path]:
        if self._build_contexts is not None:
            return {name: Path(folder) for name, folder in self._build_contexts.items()}
        named = copied_contexts((self._path / "Dockerfile").read_text())
        beside = {name: self._path.resolve().parent / name for name in named}
        return {name: folder for name, folder in beside.items() if folder.is_dir()}


@cache
def _platform() -> ecr_assets.Platform:
    return ecr_assets.Platform.LINUX_AMD64


class _LibraryImage(_DirectoryImage):
    def __init__(self, name: str, build_arguments: Mapping[str, str]) -> None:
        super().__init__(asset_root() / "containers" / name, None, build_arguments)
        self._name = name

    def bind(self, scope: Construct, grants: Grants) -> str:
        reject(
            scope,
            [one_of("name", self._name, ("label_studio", "monitor", "notebooks", "pytorch", "tabular", "wrangling"))],
        )
        return super().bind(scope, grants)


class _RepositoryImage(ModelImage):
    def __init__(self, repository: ecr.IRepository, tag_or_digest: str) -> None:
        self._repository = repository
        self._tag_or_digest = tag_or_digest

    def bind(self, scope: Construct, grants: Grants) -> str:
        reject(scope, [_tag_problem(self._tag_or_digest)])
        grant_pull(self._repository, grants)
        uris = _URIS.setdefault(self._repository, {})
        if self._tag_or_digest not in uris:
            uris[self._tag_or_digest] = self._repository.repository_uri_for_tag_or_digest(self._tag_or_digest)
        return uris[self._tag_or_digest]


class _UriImage(ModelImage):
    def __init__(self, uri: str) -> None:
        self._uri = uri

    def bind(self, scope: Construct, grants: Grants) -> str:
        parts = _ECR_URI.fullmatch(self._uri)
        if parts is None:
            form = "must be <account>.dkr.ecr.<region>.<domain>/<repository>:<tag> or @sha256:<digest>"
            raise InvalidInput(path_of(scope), [Problem("uri", f"{form}, got: {self._uri!r}")])
        reject(scope, [_tag_problem(parts["tag"] or "")])
        registry = f"arn:{partition()}:ecr:{parts['region']}:{parts['account']}"
        grants.allow(*_PULL, on=f"{registry}:repository/{parts['repository']}")
        _allow_login(grants)
        return self._uri


class _ChosenImage(ModelImage):
    def __init__(self, uri: str) -> None:
        self._uri = uri

    def bind(self, scope: Construct, grants: Grants) -> str:
        registries = f"arn:{partition()}:ecr:{location_of(scope).region}:*:repository/*"
        grants.allow(
            *_PULL, on=registries, because="AWS chooses the image at run time; its repository lets others in."
        )
        _allow_login(grants)
        return self._uri


class _FrameworkImage(ModelImage):
    def __init__(self, look_up: Callable[[str], FrameworkImage], architecture: Architecture) -> None:
        self._look_up = look_up
        self.architecture = architecture

    def bind(self, scope: Construct, grants: Grants) -> str:
        region = location_of(scope).region
        if is_token(region):
            needed = "a framework image needs a stack with a concrete region, got: one known at deployment"
            reject(scope, [Problem("", needed)])
        try:
            image = self._look_up(region)
        except UnknownFrameworkImage as error:
            raise InvalidInput(path_of(scope), [Problem("", str(error))]) from None
        grants.allow(*_PULL, on=f"arn:{partition()}:ecr:{region}:{image.account}:repository/{image.repository}")
        _allow_login(grants)
        return image.uri


_ECR_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+/"
    r"(?P<repository>[a-z0-9][a-z0-9._/-]*)(:(?P<tag>[\w][\w.-]{0,127})|@sha256:[0-9a-f]{64})"
)
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")


def grant_pull(repository: ecr.IRepository, grants: Grants) -> None:
    """Allow pulling the images of ``repository``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    if repository not in _ARNS:
        _ARNS[repository] = repository.repository_arn
    grant_pull_of(_ARNS[repository], grants)


def grant_pull_of(repository_arn: str, grants: Grants) -> None:
    """Allow pulling the images of the repository with this ARN, which may be AWS's own."""
    grants.allow(*_PULL, on=repository_arn)
    _allow_login(grants)


def _allow_login(grants: Grants) -> None:
    grants.allow(
        "ecr:GetAuthorizationToken",
        on="*",
        because="cloudwatch:PutMetricData, limited by namespace here, and ecr:GetAuthorizationToken are not "
        "available for a single resource.",
    )


def _tag_problem(tag: str) -> Problem | None:
    if tag != "latest":
        return None
    return Problem("", "image tag must not be latest: what runs would depend on the moment of deployment")


def _directory_problem(path: Path) -> Problem | None:
    if not path.is_dir():
        return Problem("", f"image directory must exist, got: {str(path)!r}")
    if not (path / "Dockerfile").is_file():
        return Problem("", f"image directory must hold a Dockerfile, got: {str(path)!r}")
    return None
