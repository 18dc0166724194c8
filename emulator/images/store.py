"""Container images without a container engine: a copy of the build context and an environment to run it."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulator.images.dockerfile import DockerfileError, ImageConfiguration, parse_dockerfile
from emulator.images.dockerignore import context_files
from emulator.images.environments import EnvironmentBuildError, EnvironmentCache

_PYTHON = re.compile(r"python[\d.]*")
LOCK = "requirements.txt"
# An image whose own lock is for GPUs brings this one along for machines without, such as this one.
CPU_LOCK = "requirements-cpu.txt"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class ImageBuildError(Exception):
    """An image cannot be built; the message is one line that names the place."""


class ImageNotFoundError(Exception):
    """No image has this tag."""


@dataclass(frozen=True)
class LocalImage:
    """A built image.

    Args:
        digest: `sha256:` and the digest of the context's files, the same on every machine.
        context: The copy of the build context; what the Dockerfile puts into its program folder.
        python: Interpreter of the image's environment.
        entrypoint: ENTRYPOINT as the Dockerfile says it, then `command`, its CMD.
        environment: The Dockerfile's ENV, without PATH and PYTHONPATH, which name places inside an image.
        labels: The Dockerfile's LABEL.
        size: Bytes of the context.
    """

    digest: str
    context: Path
    python: Path
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    size: int

    def command_line(self, arguments: Sequence[str] = ()) -> list[str]:
        """The process to start for `docker run IMAGE ARGUMENTS…`."""
        return [str(self.python), *self.entrypoint[1:], *(arguments or self.command)]


@dataclass(frozen=True)
class ImageReference:
    """A name of an image: `repository:tag`, its manifest's format, and when it was pushed (ISO 8601) if it was."""

    repository: str
    tag: str
    digest: str
    pushed_at: str | None = None
    media_type: str = DOCKER_MANIFEST

    @property
    def name(self) -> str:
        """The reference as docker writes it."""
        return f"{self.repository}:{self.tag}"


class ImageStore:
    """Images under `<root>/images`, environments under `<root>/environments` or where `environments` says.

    Every write is complete or absent, so that several builds and the emulator may share one store.
    """

    def __init__(self, root: Path, *, environments: Path | None = None) -> None:
        self._images = root.resolve() / "images"
        self._references = self._images / "references"
        self._environments = EnvironmentCache(environments or root / "environments")

    def build(
        self,
        context: Path,
        dockerfile: Path,
        tags: Sequence[str],
        *,
        target: str | None = None,
        contexts: Mapping[str, Path] | None = None,
        lock: str | None = None,
        media_type: str = DOCKER_MANIFEST,
    ) -> LocalImage:
        """Build the image of a context folder, and of named `contexts` beside it, and give it these tags.

        The environment is made of the `lock` named, which a build argument LOCK does; without it, of
        `requirements-cpu.txt` if there is one, else of `requirements.txt`.
        `dockerfile` may be relative to the context. Raises ImageBuildError.
        """
        path = dockerfile if dockerfile.is_absolute() else context / dockerfile
        if not context.is_dir():
            raise ImageBuildError(f"{context}: no such folder to build an image from")
        if not path.is_file():
            raise ImageBuildError(f"{path}: no such Dockerfile")
        try:
            configuration = parse_dockerfile(path.read_text(), target)
            name = _program(configuration, context)
            files = _files(context, configuration, contexts or {}, lock)
            python = self._environments.python(name, files.get(LOCK, context / LOCK))
        except (DockerfileError, EnvironmentBuildError) as error:
            raise ImageBuildError(f"{context}: {error}") from error
        image = self._store(files, path, configuration, python)
        for tag in tags:
            self._write_reference(_reference(tag, image.digest, media_type))
        return image

    def tag(self, source: str, target: str) -> None:
        """Give the image `source` a further name. Raises ImageNotFoundError."""
        known = self._known(source)
        self._write_reference(_reference(target, known.digest, known.media_type))

    def push(self, name: str) -> ImageReference:
        """Record that this name is in the registry now. Raises ImageNotFoundError."""
        reference = self._known(name)
        if reference.pushed_at is None:
            reference = replace(reference, pushed_at=datetime.now(UTC).isoformat())
            self._write_reference(reference)
        return reference

    def find(self, uri: str) -> LocalImage | None:
        """The image of a full URI (with a tag or `@sha256:` digest) or of a local tag; None when unknown.

        Makes the image's environment again when it is gone, and raises ImageBuildError when that fails.
        """
        reference = self.find_reference(uri)
        image = None if reference is None else self._load(reference.digest)
        if image is not None and not image.python.exists():
            environment = image.python.parent.parent.name.rpartition("-")[0]
            try:
                self._environments.python(environment, image.context / LOCK)
            except EnvironmentBuildError as error:
                raise ImageBuildError(f"{uri}: {error}") from error
        return image

    def find_reference(self, uri: str) -> ImageReference | None:
        """What is known about one name; None when nothing is."""
        repository, _, digest = uri.partition("@")
        if digest:
            same = self.references(_split(repository)[0])
            return next((each for each in same if each.digest == digest), None)
        path = self._reference_path(":".join(_split(uri)))
        return ImageReference(**json.loads(path.read_text())) if path.is_file() else None

    def references(self, repository: str | None = None, *, pushed_only: bool = False) -> list[ImageReference]:
        """All names, or those of one repository (`account.dkr.ecr.region.amazonaws.com/name`), sorted."""
        known = [ImageReference(**json.loads(path.read_text())) for path in self._references.glob("*.json")]
        if repository is not None:
            known = [each for each in known if each.repository == repository]
        if pushed_only:
            known = [each for each in known if each.pushed_at is not None]
        return sorted(known, key=lambda each: each.name)

    def _known(self, name: str) -> ImageReference:
        reference = self.find_reference(name)
        if reference is None:
            raise ImageNotFoundError(f"no such image: {name}")
        return reference

    def _store(
        self, files: Mapping[str, Path], dockerfile: Path, configuration: ImageConfiguration, python: Path
    ) -> LocalImage:
        digest = _digest(dockerfile, files)
        home = self._images / digest.partition(":")[2]
        image = LocalImage(
            digest=digest,
            context=home / "context",
            python=python,
            entrypoint=configuration.entrypoint,
            command=configuration.command,
            environment=_without_places(configuration.environment),
            labels=configuration.labels,
            size=sum(path.stat().st_size for path in files.values()),
        )
        if self._load(digest) == image:
            return image
        self._images.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=self._images))
        try:
            for name, path in files.items():
                copy = building / "context" / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, copy)
            # Containers can only read it. A file that does not compile fails when it is imported, not here.
            compiling = [str(python), "-m", "compileall", "-qq", "-s", str(building), "-p", str(home)]
            subprocess.run([*compiling, str(building / "context")], check=False, stdin=subprocess.DEVNULL)
            described = asdict(image) | {"context": str(image.context), "python": str(image.python)}
            (building / "image.json").write_text(json.dumps(described, indent=2) + "\n")
            if home.exists():
                (building / "image.json").replace(home / "image.json")
            else:
                building.rename(home)
        except OSError:
            # Another build of the same files was faster: its result is as good.
            if self._load(digest) is None:
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return image

    def _load(self, digest: str) -> LocalImage | None:
        path = self._images / digest.partition(":")[2] / "image.json"
        if not path.is_file():
            return None
        described: dict[str, Any] = json.loads(path.read_text())
        for name, kind in (("context", Path), ("python", Path), ("entrypoint", tuple), ("command", tuple)):
            described[name] = kind(described[name])
        return LocalImage(**described)

    def _reference_path(self, name: str) -> Path:
        return self._references / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"

    def _write_reference(self, reference: ImageReference) -> None:
        self._references.mkdir(parents=True, exist_ok=True)
        path = self._reference_path(reference.name)
        with tempfile.NamedTemporaryFile("w", dir=self._references, suffix=".new", delete=False) as stream:
            json.dump(asdict(reference), stream)
        Path(stream.name).replace(path)


def _program(configuration: ImageConfiguration, context: Path) -> str:
    """The name of the program an image runs, which names its environment."""
    words = configuration.entrypoint
    if not words:
        raise DockerfileError("the Dockerfile has no ENTRYPOINT")
    if not _PYTHON.fullmatch(Path(words[0]).name):
        got = " ".join(words)
        raise DockerfileError(f"ENTRYPOINT must start python (only Python images run here), got: {got}")
    # The folder of a staged asset is called by its hash: the module is the better name.
    return words[2].partition(".")[0] if words[1:2] == ("-m",) and len(words) > 2 else context.resolve().name


def _without_places(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in ("PATH", "PYTHONPATH")}


def _files(
    context: Path, configuration: ImageConfiguration, contexts: Mapping[str, Path], lock: str | None
) -> dict[str, Path]:
    """What the program folder of the image holds: name in it → the file, of the context and of named contexts."""
    files = {path.relative_to(context).as_posix(): path for path in context_files(context)}
    if lock is not None and lock not in files:
        raise DockerfileError(f"the lock of build argument LOCK is missing: {lock}")
    chosen = lock or (CPU_LOCK if CPU_LOCK in files else LOCK)
    if chosen in files:
        files[LOCK] = files[chosen]
    for copy in configuration.copies:
        if copy.context not in contexts:
            raise DockerfileError(f"COPY --from={copy.context} needs --build-context {copy.context}=FOLDER")
        source = contexts[copy.context] / copy.source.strip("/")
        for path in context_files(contexts[copy.context]):
            if path.is_relative_to(source):
                files[posixpath.normpath(f"{copy.destination}/{path.relative_to(source).as_posix()}")] = path
    return files


def _digest(dockerfile: Path, files: Mapping[str, Path]) -> str:
    digest = hashlib.sha256(dockerfile.read_bytes())
    for name, path in files.items():
        digest.update(f"\n{name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{digest.hexdigest()}"


def _split(name: str) -> tuple[str, str]:
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _reference(name: str, digest: str, media_type: str) -> ImageReference:
    repository, tag = _split(name)
    return ImageReference(repository, tag, digest, media_type=media_type)
