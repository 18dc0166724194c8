"""The program that stands in for `docker` while the CDK CLI publishes image assets (`CDK_DOCKER`).

It supports the commands that the CLI calls, registers images in the emulator's store and fails clearly on
anything else. Only the standard library is needed.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from emulator.images.store import (
    DOCKER_MANIFEST,
    OCI_MANIFEST,
    ImageBuildError,
    ImageNotFoundError,
    ImageStore,
)

PROJECT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one docker command.

    Returns the exit code: 0, 1 for what the command itself refuses, 2 for a command line that it does not support.
    The store is `.emulator` of this project, or the folder in `EMULATOR_IMAGE_ROOT`.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    store = ImageStore(Path(os.environ.get("EMULATOR_IMAGE_ROOT", PROJECT / ".emulator")))
    try:
        return _run(options, store)
    except (ImageBuildError, ImageNotFoundError) as error:
        print(f"docker (emulator): {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="docker (emulator)",
        description="Registers image assets with the emulator; not a container engine.",
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FOLDER", help="accepted for docker's sake")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    login = commands.add_parser("login", help="accept any user")
    login.add_argument("--username")
    login.add_argument("--password-stdin", action="store_true")
    login.add_argument("server")
    logout = commands.add_parser("logout", help="accept any server")
    logout.add_argument("server", nargs="?")
    inspect = commands.add_parser("inspect", help="describe an image as JSON; exit code 1 when there is none")
    inspect.add_argument("image")
    commands.add_parser("version", help="that there is no engine")
    plug_in = commands.add_parser("buildx", help="what docker's own builder is asked about itself")
    plug_in.add_argument("question", choices=("version", "inspect"))
    images = commands.add_parser("images", help="list names")
    images.add_argument("--format", default="{{.Repository}}:{{.Tag}}")
    images.add_argument("--filter", default="reference=*")
    for name in ("tag", "push"):
        command = commands.add_parser(name, help={"tag": "name an image", "push": "publish a name"}[name])
        command.add_argument("source" if name == "tag" else "image")
        if name == "tag":
            command.add_argument("target")
    _add_build(commands.add_parser("build", help="build an image from a folder", allow_abbrev=False))
    return parser


def _add_build(build: argparse.ArgumentParser) -> None:
    build.add_argument("--tag", "-t", action="append", default=[])
    build.add_argument("--file", "-f", default="Dockerfile")
    build.add_argument("--target")
    build.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    build.add_argument("--build-context", action="append", default=[], metavar="NAME=FOLDER")
    build.add_argument("--output", action="append", type=_output, default=[], help="oci-mediatypes=false is heeded")
    # These steer how an engine builds its layers. There are none here, so they change nothing.
    for option in ("--secret", "--ssh", "--network", "--platform"):
        build.add_argument(option, action="append", help="no effect here")
    for option in ("--cache-from", "--cache-to"):
        build.add_argument(option, action="append", help="no effect here")
    build.add_argument("--no-cache", action="store_true", help="no effect here")
    build.add_argument("context")


def _run(options: argparse.Namespace, store: ImageStore) -> int:
    match options.command:
        case "login":
            if options.password_stdin:
                sys.stdin.read()
            print("Login Succeeded")
        case "version":
            print("docker (emulator): no container engine, images become environments of Python")
        case "buildx":
            print("Platforms: linux/amd64" if options.question == "inspect" else "buildx (emulator)")
        case "inspect":
            return _inspect(store, options.image)
        case "images":
            pattern = options.filter.removeprefix("reference=")
            for reference in store.references():
                if fnmatch.fnmatchcase(reference.name, pattern):
                    line = options.format.replace("{{.Repository}}", reference.repository)
                    print(line.replace("{{.Tag}}", reference.tag))
        case "build":
            named = (context.partition("=") for context in options.build_context)
            arguments = (argument.partition("=") for argument in options.build_arg)
            image = store.build(
                Path(options.context).resolve(),
                Path(options.file),
                options.tag,
                target=options.target,
                arguments={name: value for name, _, value in arguments},
                contexts={name: Path(folder).resolve() for name, _, folder in named},
                media_type=_media_type(options.output),
            )
            print(image.digest)
        case "tag":
            store.tag(options.source, options.target)
        case "push":
            reference = store.push(options.image)
            print(f"{reference.tag}: digest: {reference.digest}")
        case _:
            pass
    return 0


def _output(text: str) -> str:
    kinds = [part for part in text.split(",") if part.startswith("type=")]
    if kinds not in (["type=docker"], ["type=image"]):
        raise argparse.ArgumentTypeError(f"must have type=docker or type=image, got: {text}")
    return text


def _media_type(outputs: Sequence[str]) -> str:
    """The format of the manifest, which builders decide on unless they are told."""
    told = any("oci-mediatypes=false" in output.split(",") for output in outputs)
    return DOCKER_MANIFEST if told else OCI_MANIFEST


def _inspect(store: ImageStore, name: str) -> int:
    image = store.find(name)
    if image is None:
        print("[]")
        print(f"docker (emulator): no such image: {name}", file=sys.stderr)
        return 1
    configuration = {
        "Entrypoint": list(image.entrypoint),
        "Cmd": list(image.command),
        "Env": [f"{key}={value}" for key, value in image.environment.items()],
        "Labels": dict(image.labels),
    }
    described = {"Id": image.digest, "RepoTags": [name], "Size": image.size, "Config": configuration}
    print(json.dumps([described], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
