"""Projects of Label Studio: the same labels as Ground Truth's, from the form in which it stores annotations."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lambdas.labeling.label_studio import FORMS, project_configuration, project_task
from lambdas.labeling.project import MANIFEST, Project, StillChangingError, write_manifest
from lambdas.labeling.task_types import TASK_TYPES

DOCUMENTED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("documented.json").read_text())
SHARED = [
    each
    for each in DOCUMENTED
    if TASK_TYPES[each["task"]].answer in FORMS
    and not TASK_TYPES[each["task"]].audits
    and not each["task"].startswith("Video")
]
NOW = datetime(2018, 10, 18, 22, 18, 13, 527256, UTC)


def _results(example: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer of a documented example, as somebody would have given it in Label Studio."""
    [content] = example["answers"]
    [answer] = content.values()
    named = {"from_name": "answer", "to_name": "object"}
    if "label" in answer or "labels" in answer:
        return [{**named, "type": "choices", "value": {"choices": answer.get("labels") or [answer["label"]]}}]
    if "entities" in answer:
        return [
            {
                **named,
                "type": "labels",
                "value": {"labels": [each["label"]], "start": each["startOffset"], "end": each["endOffset"]},
            }
            for each in answer["entities"]
        ]
    size = answer["inputImageProperties"]
    width, height = size["width"], size["height"]
    return [
        {
            **named,
            "type": "rectanglelabels",
            "original_width": width,
            "original_height": height,
            "value": {
                "rectanglelabels": [box["label"]],
                "x": 100 * box["left"] / width,
                "y": 100 * box["top"] / height,
                "width": 100 * box["width"] / width,
                "height": 100 * box["height"] / height,
                "rotation": 0,
            },
        }
        for box in answer["boundingBoxes"]
    ]


class Bucket:
    """A bucket, in which somebody may write while it is read."""

    def __init__(self) -> None:
        self.objects: dict[str, str] = {}
        self.while_read: list[tuple[str, str]] = []

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        if operation == "put_object":
            self.objects[arguments["Key"]] = arguments["Body"].decode()
            return {}
        if operation == "get_object":
            if self.while_read:
                name, text = self.while_read.pop()
                self.objects[name] = text
            return {"Body": io.BytesIO(self.objects[arguments["Key"]].encode())}
        found = [key for key in sorted(self.objects) if key.startswith(arguments["Prefix"])]
        return {"Contents": [{"Key": key, "ETag": str(hash(self.objects[key]))} for key in found]}

    def annotate(self, name: int, line: Mapping[str, Any], results: Any, *, number: int = 0, **more: Any) -> None:
        self.objects[f"p/annotations/{name}"] = _annotation(name, line, results, number=number, **more)

    def labeled(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.objects[f"p/{MANIFEST}"].splitlines()]


def _annotation(
    name: int,
    line: Mapping[str, Any],
    results: Any,
    *,
    number: int,
    who: str = "ann",
    at: datetime = NOW,
    **more: Any,
) -> str:
    task = {"id": 100 + number, "data": project_task(number, line)["data"]}
    person = {"id": 1, "email": f"{who}@example.com", "first_name": "", "last_name": ""}
    stamp = at.isoformat().replace("+00:00", "Z")
    return json.dumps(
        {"id": name, "task": task, "completed_by": person, "updated_at": stamp, "result": results, **more}
    )


def _project(
    task: str, labels: list[str], *, attribute: str = "label", name: str = "job", people: int = 1
) -> Project:
    given = {"name": name, "bucket": "b", "prefix": "p", "task": task, "labels": labels, "attribute": attribute}
    return Project.from_text(json.dumps({**given, "people": people}))


def _choice(label: str) -> list[dict[str, Any]]:
    return [{"from_name": "answer", "to_name": "object", "type": "choices", "value": {"choices": [label]}}]


@pytest.mark.parametrize("example", SHARED, ids=lambda each: each["task"])
def test_labels_are_those_that_aws_documents(example: dict[str, Any]) -> None:
    bucket = Bucket()
    bucket.annotate(7, example["line"], _results(example))
    project = _project(example["task"], example["categories"], attribute=example["attribute"], name=example["job"])
    assert write_manifest(project, bucket) == 1
    assert bucket.labeled() == [example["documented"]]


@pytest.mark.parametrize("example", SHARED, ids=lambda each: each["task"])
def test_a_project_shows_the_object_and_every_label(example: dict[str, Any]) -> None:
    task = TASK_TYPES[example["task"]]
    root = ElementTree.fromstring(project_configuration(task, 'Which "one" & why?', example["categories"]))
    [header, answer, shown] = root
    assert header.attrib["value"] == 'Which "one" & why?'
    data = project_task(0, example["line"])["data"]
    assert data[shown.attrib["value"].removeprefix("$")] == next(iter(example["line"].values()))
    assert answer.attrib["toName"] == shown.attrib["name"]
    assert [each.attrib["value"] for each in answer] == example["categories"]


def test_an_annotation_is_read_as_label_studio_stores_it() -> None:
    """The file is what version 1.23.2 has written to its target storage, for a project with this configuration."""
    stored = Path(__file__).with_name("stored_annotation.json").read_text()
    bucket = Bucket()
    bucket.objects["p/annotations/1"] = stored
    assert write_manifest(_project("ImageMultiClass", ["cat", "dog"]), bucket) == 1
    [line] = bucket.labeled()
    assert (line["source-ref"], line["label"]) == ("s3://bkt/img/a.png", 1)
    assert line["label-metadata"]["creation-date"] == "2026-11-29T11:32:47.203126"


def test_the_last_answer_of_each_person_counts_and_a_skipped_task_has_none() -> None:
    bucket, line = Bucket(), {"source": "x"}
    project = _project("TextMultiClass", ["cat", "dog"], people=2)
    bucket.annotate(1, line, _choice("cat"), at=NOW + timedelta(minutes=1))
    bucket.annotate(2, line, _choice("dog"), at=NOW)
    assert write_manifest(project, bucket) == 0
    bucket.annotate(3, line, [], who="bob", was_cancelled=True)
    assert write_manifest(project, bucket) == 0
    bucket.annotate(4, line, _choice("cat"), who="bob", at=NOW + timedelta(minutes=2))
    assert write_manifest(project, bucket) == 1
    [labeled] = bucket.labeled()
    assert labeled["label-metadata"]["class-name"] == "cat"
    assert labeled["label-metadata"]["creation-date"] == "2018-10-18T22:20:13.527256"
    before = dict(bucket.objects)
    assert write_manifest(project, bucket) == 1
    assert bucket.objects == before


def test_a_line_keeps_its_answer_when_the_manifest_grows_before_it() -> None:
    bucket = Bucket()
    bucket.annotate(1, {"source": "b"}, _choice("dog"), number=0)
    bucket.annotate(2, {"source": "a"}, _choice("cat"), number=0)
    assert write_manifest(_project("TextMultiClass", ["cat", "dog"]), bucket) == 2
    assert {each["source"]: each["label"] for each in bucket.labeled()} == {"a": 0, "b": 1}


def test_what_cannot_be_read_is_told_and_hinders_no_other() -> None:
    bucket = Bucket()
    bucket.annotate(1, {"source": "x"}, _choice("horse"), number=0)
    bucket.annotate(2, {"source": "y"}, [], number=1)
    bucket.annotate(3, {"source": "z"}, _choice("cat"), number=2)
    assert write_manifest(_project("TextMultiClass", ["cat", "dog"]), bucket) == 1
    assert bucket.labeled()[0]["source"] == "z"
    horse, nothing = bucket.objects["p/manifests/output/unread.txt"].splitlines()
    assert horse == "p/annotations/1: 'horse' is none of the categories cat, dog"
    assert nothing.startswith("p/annotations/2: annotation 2 cannot be read")


def test_an_answer_that_comes_meanwhile_is_read() -> None:
    bucket = Bucket()
    bucket.annotate(1, {"source": "x"}, _choice("cat"))
    late = _annotation(2, {"source": "y"}, _choice("dog"), number=1)
    bucket.while_read.append(("p/annotations/2", late))
    assert write_manifest(_project("TextMultiClass", ["cat", "dog"]), bucket) == 2
    bucket.while_read += [
        (f"p/annotations/{number}", _annotation(number, {"source": "y"}, _choice("dog"), number=number))
        for number in range(3, 100)
    ]
    with pytest.raises(StillChangingError, match="faster than they were read"):
        write_manifest(_project("TextMultiClass", ["cat", "dog"]), bucket)


def test_an_image_without_boxes_has_no_size() -> None:
    bucket = Bucket()
    bucket.annotate(1, {"source-ref": "s3://b/a.png"}, [])
    assert write_manifest(_project("BoundingBox", ["cat"]), bucket) == 1
    assert bucket.labeled()[0]["label"] == {"image_size": [], "annotations": []}
