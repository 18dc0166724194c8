"""Container images without a container engine: a copy of the build context and an environment to run it."""

from __future__ import annotations

import hashlib
import json
import os
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
from emulator.images.environments import EnvironmentBuildError, EnvironmentCache
from emulator.images.layers import LOCK, BuildContexts, Layers

_PYTHON = re.compile(r"python[\d.]*")
_PATH = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
_LONGEST_FIRST_LINE = 256
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
        context: The program's folder: what COPY has put below PYTHONPATH, or below WORKDIR where there is none.
        python: Interpreter of the image's environment.
        entrypoint: ENTRYPOINT as the Dockerfile says it, then `command`, its CMD.
        environment: The Dockerfile's ENV, without PATH and PYTHONPATH, which name places inside an image.
        labels: The Dockerfile's LABEL.
        size: Bytes of the files.
        root: What stands for `/` of the image; None for one of an earlier release, which holds its context alone.
        imports: Where its program imports from, as PYTHONPATH and WORKDIR say.
    """

    digest: str
    context: Path
    python: Path
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    size: int
    root: Path | None = None
    imports: tuple[Path, ...] = ()

    @property
    def python_path(self) -> str:
        """PYTHONPATH of its processes."""
        return os.pathsep.join(str(folder) for folder in self.imports or (self.context,))

    def command_line(self, arguments: Sequence[str] = ()) -> list[str]:
        """The process to start for `docker run IMAGE ARGUMENTS…`."""
        words = [*self.entrypoint[1:], *(arguments or self.command)]
        options = next((index for index, word in enumerate(words) if not word.startswith("-")), len(words))
        script = self.imports[-1] / words[options] if self.imports and words[options:] else None
        if script and script.suffix == ".py" and script.is_file():
            words[options] = str(script)
        return [str(self.python), *(self._here(word) for word in words)]

    def python_program(self, name: str) -> Path | None:
        """The program that `name` starts in the image, on PATH or by its own path, if Python is its interpreter."""
        places = [self.python.parent / name] if "/" not in name else []
        if self.root:
            folders = ("",) if name.startswith("/") else _PATH
            places += [self.root / folder / name.lstrip("/") for folder in folders]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            return None
        with found.open("rb") as program:
            first = program.readline(_LONGEST_FIRST_LINE)
        return found if first.startswith(b"#!") and b"python" in first else None

    def _here(self, word: str) -> str:
        """Where on this machine a file or folder of the image is; any other word as it is."""
        place = self.root / word.lstrip("/") if self.root and word.startswith("/") and word.strip("/") else None
        return str(place) if place and place.exists() else word


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
        arguments: Mapping[str, str] | None = None,
        media_type: str = DOCKER_MANIFEST,
    ) -> LocalImage:
        """Build the image of a context folder, and of named `contexts` beside it, and give it these tags.

        For its `requirements.txt` stands the file that the build argument LOCK of `arguments` names; without it,
        `requirements-cpu.txt` if there is one.
        `dockerfile` may be relative to the context. Raises ImageBuildError.
        """
        path = dockerfile if dockerfile.is_absolute() else context / dockerfile
        if not context.is_dir():
            raise ImageBuildError(f"{context}: no such folder to build an image from")
        if not path.is_file():
            raise ImageBuildError(f"{path}: no such Dockerfile")
        try:
            configuration = parse_dockerfile(path.read_text(), target, arguments)
            name = _program(configuration, context)
            layers = BuildContexts(context, contexts or {}, (arguments or {}).get("LOCK")).layers(configuration)
            python = self._environments.python(name, layers.lock)
        except (DockerfileError, EnvironmentBuildError) as error:
            raise ImageBuildError(f"{context}: {error}") from error
        image = self._store(layers, path, configuration, python)
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

    def delete(self, name: str) -> None:
        """Forget a name. Raises ImageNotFoundError."""
        self._reference_path(self._known(name).name).unlink()

    def find(self, uri: str) -> LocalImage | None:
        """The image of a full URI (with a tag or `@sha256:` digest) or of a local tag; None when unknown.

        Makes the image's environment again when it is gone, and raises ImageBuildError when that fails.
        """
        reference = self.find_reference(uri)
        image = None if reference is None else self._load(reference.digest)
        if image is not None and not image.python.exists():
            environment = image.python.parent.parent.name.rpartition("-")[0]
            locks = [image.context / LOCK] if image.root is None else [image.root.parent / LOCK]
            try:
                self._environments.python(environment, next((lock for lock in locks if lock.is_file()), None))
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

    def _store(self, layers: Layers, dockerfile: Path, configuration: ImageConfiguration, python: Path) -> LocalImage:
        digest = _digest(dockerfile, layers, configuration)
        home = self._images / digest.partition(":")[2]
        root = home / "root"
        imports = tuple(root / folder.lstrip("/") for folder in configuration.import_folders)
        image = LocalImage(
            digest=digest,
            context=imports[0],
            python=python,
            entrypoint=configuration.entrypoint,
            command=configuration.command,
            environment=_without_places(configuration.environment),
            labels=configuration.labels,
            size=sum(path.stat().st_size for path in layers.files.values()),
            root=root,
            imports=imports,
        )
        if self._load(digest) == image:
            return image
        self._images.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=self._images))
        try:
            for folder in imports:
                (building / folder.relative_to(home)).mkdir(parents=True, exist_ok=True)
            for name, path in layers.files.items():
                copy = building / "root" / name.lstrip("/")
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, copy)
            if layers.lock:
                shutil.copy2(layers.lock, building / LOCK)
            # Containers can only read it. A file that does not compile fails when it is imported, not here.
            compiling = [str(python), "-m", "compileall", "-qq", "-s", str(building), "-p", str(home)]
            subprocess.run([*compiling, str(building / "root")], check=False, stdin=subprocess.DEVNULL)
            described = json.dumps(asdict(image), indent=2, default=str)
            (building / "image.json").write_text(f"{described}\n")
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
        if described.get("root"):
            imports = tuple(Path(folder) for folder in described["imports"])
            described |= {"root": Path(described["root"]), "imports": imports}
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


def _digest(dockerfile: Path, layers: Layers, configuration: ImageConfiguration) -> str:
    digest = hashlib.sha256(dockerfile.read_bytes())
    # What build arguments have made of it.
    digest.update(json.dumps([configuration.environment, configuration.labels], sort_keys=True).encode())
    locked = {LOCK: layers.lock} if layers.lock else {}
    for name, path in sorted({**layers.files, **locked}.items()):
        digest.update(f"\n{name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{digest.hexdigest()}"


def _split(name: str) -> tuple[str, str]:
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _reference(name: str, digest: str, media_type: str) -> ImageReference:
    repository, tag = _split(name)
    return ImageReference(repository, tag, digest, media_type=media_type)
