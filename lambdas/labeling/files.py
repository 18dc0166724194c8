"""The files that a labeling job reads, written when its stack is deployed."""

import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lambdas.labeling.label_studio import project_configuration, project_task, shows_text
from lambdas.labeling.manifests import (
    UnreadableManifestError,
    category_file,
    read_manifest,
    reference_lines,
    written_manifest,
)
from lambdas.labeling.task_types import TASK_TYPES, TaskType

_SEED = 20_261_130


class ObjectApi(Protocol):
    """Calls of S3."""

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call ``operation``."""
        ...


class WrongNumberOfObjectsError(ValueError):
    """Nothing to label, or more than is to be paid for."""


@dataclass(frozen=True)
class WrittenFiles:
    """What was written: the folder is named by the content of all files, so that a job sees no other later."""

    folder: str
    attributes: Mapping[str, str]


def write_files(properties: Mapping[str, Any], api: ObjectApi) -> WrittenFiles:
    """Write manifest, categories and page of a job, and say where they are.

    What was written stays when nothing asks for it any more: labels point at it. Raises ``WrongNumberOfObjectsError``
    for no object, unless more of them ``Follow`` or nobody ``Lists`` them, and for more than ``MostObjects``;
    ``UnreadableManifestError`` for lines that no job takes.
    """
    follow = str(properties.get("Follow", "")).lower() == "true"
    lists = str(properties.get("Lists", "true")).lower() == "true"
    manifest = listed(properties, api, follow) if lists else []
    count = len(manifest)
    most = int(properties["MostObjects"])
    where = f"s3://{properties['SourceBucket']}/{properties.get('SourceManifest') or properties['SourcePrefix']}"
    if not (0 if follow or not lists else 1) <= count <= most:
        raise WrongNumberOfObjectsError(f"{where} has {count or 'no'} objects, of at most {most} to be labeled")
    files = {"label-categories.json": category_file(properties["Categories"], **_extras(properties))}
    if lists and not properties.get("SourceManifest"):
        files["input.manifest"] = written_manifest(manifest)
    if properties.get("Question"):
        task = TASK_TYPES[properties["Task"]]
        _check_lines(manifest, task)
        shown = first_of(len(manifest), int(properties.get("First") or count))
        if shown:
            files["tasks.json"] = json.dumps([project_task(number, manifest[number]) for number in shown])
        # The last of them: a server takes a folder for whole that has it.
        files["configuration.xml"] = project_configuration(task, properties["Question"], properties["Categories"])
    if properties.get("Page"):
        files["page.html"] = properties["Page"]
    folder = stored(properties, files, api)
    own = f"s3://{properties['Bucket']}/{folder}"
    urls = {
        "ManifestUrl": f"{own}/input.manifest" if "input.manifest" in files else where,
        "CategoriesUrl": f"{own}/label-categories.json",
        "Folder": folder,
        "PageUrl": f"{own}/page.html" if "page.html" in files else "",
        "Objects": str(count),
    }
    return WrittenFiles(folder, urls)


def stored(properties: Mapping[str, Any], files: Mapping[str, str], api: ObjectApi) -> str:
    """Write ``files`` in their order into a folder that is named by what they hold; returns it."""
    digest = hashlib.sha256("\0".join(f"{name}\0{files[name]}" for name in sorted(files)).encode()).hexdigest()[:16]
    folder = f"{properties['Prefix']}/{digest}"
    for name, content in files.items():
        api.call("put_object", Bucket=properties["Bucket"], Key=f"{folder}/{name}", Body=content.encode())
    return folder


def first_of(lines: int, count: int) -> list[int]:
    """The numbers of as many lines, by chance, and the same each time."""
    return sorted(random.Random(_SEED).sample(range(lines), min(count, lines)))


def _check_lines(manifest: Sequence[Mapping[str, Any]], task: TaskType) -> None:
    """Raise ``UnreadableManifestError`` for a line of which Label Studio would show nothing."""
    needed = "source" if shows_text(task) else "source-ref"
    for number, line in enumerate(manifest, 1):
        if needed not in line:
            raise UnreadableManifestError(f"line {number} has no {needed}, which {task.name} shows")


def _extras(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"audits": properties.get("Audits", ""), "instructions": properties.get("Instructions")}


def listed(properties: Mapping[str, Any], api: ObjectApi, follow: bool) -> list[Mapping[str, Any]]:
    """The lines of what is labeled, one more at most than are paid for."""
    bucket = properties["SourceBucket"]
    manifest = properties.get("SourceManifest")
    if manifest:
        if follow and manifest not in _keys(api, bucket, manifest):
            return []
        answer = api.call("get_object", Bucket=bucket, Key=manifest)
        return read_manifest(answer["Body"].read().decode())
    # One more than is allowed is enough to refuse it.
    most = int(properties["MostObjects"]) + 1
    keys: list[str] = []
    for key in _keys(api, bucket, properties["SourcePrefix"]):
        if key.endswith(tuple(properties.get("Suffixes") or ("",))):
            keys.append(key)
        if len(keys) == most:
            break
    return reference_lines(f"s3://{bucket}/{key}" for key in sorted(keys))


def _keys(api: ObjectApi, bucket: str, prefix: str) -> Iterator[str]:
    """The objects below ``prefix``, without the empty ones that stand for folders."""
    following: dict[str, str] = {}
    while True:
        page = api.call("list_objects_v2", Bucket=bucket, Prefix=prefix, **following)
        yield from (each["Key"] for each in page.get("Contents", ()) if not each["Key"].endswith("/"))
        if not page.get("IsTruncated"):
            return
        following = {"ContinuationToken": page["NextContinuationToken"]}
