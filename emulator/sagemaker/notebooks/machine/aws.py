"""`aws` and `mount-s3` of a notebook instance's machine: calls of the embedded AWS, and objects of S3 as files.

Runs with the emulator's own packages, for botocore.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

_MOST_OBJECTS, _MOST_BYTES = 10_000, 1 << 30
_LOOKS_EVERY_SECONDS = 5.0
_MOUNT_OPTIONS = ("--region", "--prefix", "--uid", "--gid")


class CommandRefused(Exception):  # noqa: N818 - what a person is told
    """What cannot be carried out, with the exit code of the real command."""

    def __init__(self, message: str, code: int = 252) -> None:
        super().__init__(message)
        self.code = code


def main(arguments: Sequence[str]) -> int:
    """Do what the command of this name does."""
    command, *given = arguments
    try:
        if command == "mount-s3":
            _mount(given)
        elif given[:2] == ["s3", "cp"]:
            _copy(given[2:])
        else:
            _call(given)
    except CommandRefused as refusal:
        print(f"{command}: {refusal}", file=sys.stderr)
        return refusal.code
    except _errors() as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 254 if command == "aws" else 1
    return 0


def _errors() -> tuple[type[Exception], ...]:
    found = importlib.import_module("botocore.exceptions")
    return found.ClientError, found.BotoCoreError, OSError


def _client(service: str, region: str = "") -> Any:
    config = importlib.import_module("botocore.config").Config(s3={"addressing_style": "path"})
    session = importlib.import_module("botocore.session").get_session()
    try:
        return session.create_client(
            service,
            region_name=region or os.environ["AWS_REGION"],
            endpoint_url=os.environ["AWS_ENDPOINT_URL"],
            config=config,
        )
    except importlib.import_module("botocore.exceptions").UnknownServiceError as error:
        raise CommandRefused(f"this machine's aws does not know {service}") from error


def _copy(given: Sequence[str]) -> None:
    """`aws s3 cp`, of one object or one file."""
    options = [each for each in given if each.startswith("-")]
    if set(options) - {"--only-show-errors", "--quiet", "--no-progress"}:
        raise CommandRefused(f"this machine's aws s3 cp has no option {' '.join(options)}")
    places = [each for each in given if not each.startswith("-")]
    if len(places) != 2 or sum(each.startswith("s3://") for each in places) != 1:
        raise CommandRefused("this machine's aws s3 cp copies one object to a file, or one file to an object")
    source, target = places
    s3 = _client("s3")
    if source.startswith("s3://"):
        bucket, _, key = source.removeprefix("s3://").partition("/")
        file = Path(target) / key.rsplit("/", 1)[-1] if Path(target).is_dir() else Path(target)
        file.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return
    bucket, _, key = target.removeprefix("s3://").partition("/")
    key = f"{key}{Path(source).name}" if not key or key.endswith("/") else key
    s3.put_object(Bucket=bucket, Key=key, Body=Path(source).read_bytes())


def _call(given: Sequence[str]) -> None:
    """Any operation of a service, by its name and its parameters: `aws SERVICE OPERATION --member value`."""
    if len(given) < 2 or given[0] == "s3":
        raise CommandRefused("this machine's aws has s3 cp, and operations of services by their names")
    service, operation, *words = given
    parameters, region = _parameters(words)
    client = _client(service, region)
    method = operation.replace("-", "_")
    known: Mapping[str, str] = client.meta.method_to_api_mapping
    if method not in known:
        raise CommandRefused(f"{service} has no operation {operation}")
    shape = client.meta.service_model.operation_model(known[method]).input_shape
    members: Mapping[str, Any] = shape.members if shape else {}
    names = {_plain(name): name for name in members}
    unknown = [name for name in parameters if _plain(name) not in names]
    if unknown:
        raise CommandRefused(f"Unknown options: {', '.join(f'--{name}' for name in unknown)}")
    request = {names[_plain(name)]: _value(members[names[_plain(name)]], text) for name, text in parameters.items()}
    answer: dict[str, Any] = getattr(client, method)(**request)
    answer.pop("ResponseMetadata", None)
    if answer:
        print(json.dumps(answer, indent=4, default=str))


def _parameters(words: Sequence[str]) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        option = rest.pop(0)
        if not option.startswith("--"):
            raise CommandRefused(f"Unknown options: {option}")
        name, equals, value = option.removeprefix("--").partition("=")
        found[name] = value if equals else rest.pop(0) if rest and not rest[0].startswith("--") else "true"
    if found.pop("output", "json") != "json" or "query" in found:
        raise CommandRefused("this machine's aws answers in JSON, and all of it")
    return found, found.pop("region", "")


def _plain(name: str) -> str:
    return name.replace("-", "").lower()


def _value(shape: Any, text: str) -> Any:
    if shape.type_name in ("structure", "list", "map"):
        return json.loads(text)
    if shape.type_name == "boolean":
        return text == "true"
    return int(text) if shape.type_name in ("integer", "long") else text


def _mount(given: Sequence[str]) -> None:
    """`mount-s3 BUCKET FOLDER --read-only`: the objects as files, and what is new every few seconds."""
    words, options, flags = list[str](), dict[str, str](), set[str]()
    rest = list(given)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in _MOUNT_OPTIONS:
            options[name] = value if equals else rest.pop(0)
        elif word.startswith("-"):
            flags.add(word)
        else:
            words.append(word)
    if flags - {"--read-only", "--allow-other"} or len(words) != 2:
        raise CommandRefused(f"this machine has no such options: {' '.join(given)}", 1)
    if "--read-only" not in flags:
        raise CommandRefused("this machine reads objects as files, and writes none: give it --read-only", 1)
    bucket, folder = words[0], Path(words[1])
    prefix = options.get("--prefix", "")
    s3 = _client("s3", options.get("--region", ""))
    seen = _brought(s3, bucket, prefix, folder, {})
    if os.fork():
        os._exit(0)
    os.setsid()
    for stream in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    while True:
        time.sleep(_LOOKS_EVERY_SECONDS)
        try:
            seen = _brought(s3, bucket, prefix, folder, seen)
        except _errors():
            continue  # the next look may succeed; what is there stays


def _brought(s3: Any, bucket: str, prefix: str, folder: Path, seen: Mapping[str, str]) -> dict[str, str]:
    """Bring what is new below a prefix into a folder, and take away what is gone; returns what is there."""
    found: dict[str, Any] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        found.update({each["Key"]: each for each in page.get("Contents", ()) if not each["Key"].endswith("/")})
    size = sum(each["Size"] for each in found.values())
    if len(found) > _MOST_OBJECTS or size > _MOST_BYTES:
        raise CommandRefused(
            f"s3://{bucket}/{prefix} has {len(found)} objects of {size} bytes, too many to be copied", 1
        )
    for key, each in found.items():
        if seen.get(key) == each["ETag"]:
            continue
        file = _inside(folder, key.removeprefix(prefix))
        file.parent.mkdir(parents=True, exist_ok=True)
        written = file.with_name(f".{file.name}.new")
        written.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        written.chmod(0o444)
        written.replace(file)
    for key in seen.keys() - found.keys():
        _inside(folder, key.removeprefix(prefix)).unlink(missing_ok=True)
    return {key: cast(str, each["ETag"]) for key, each in found.items()}


def _inside(folder: Path, name: str) -> Path:
    file = folder / name
    if folder.resolve() not in file.resolve().parents:
        raise CommandRefused(f"{name} is no name of a file", 1)
    return file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
