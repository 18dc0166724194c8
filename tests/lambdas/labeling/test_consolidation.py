"""Labels of every built-in task type, in the form that AWS documents (documented.json), and of several workers."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lambdas.labeling.answers import UnreadableAnswerError, WorkerAnswer
from lambdas.labeling.consolidation import consolidated
from lambdas.labeling.manifests import augmented, read_manifest, written_manifest
from lambdas.labeling.task_types import TASK_TYPES

DOCUMENTED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("documented.json").read_text())
NOW = datetime(2018, 10, 18, 22, 18, 13, 527256)


def _answers(contents: Sequence[Mapping[str, Any]]) -> list[WorkerAnswer]:
    return [WorkerAnswer(f"worker-{number}", content) for number, content in enumerate(contents)]


def _box(label: str, left: float, *, width: int = 100) -> dict[str, Any]:
    boxes = [{"label": label, "left": left, "top": 10, "width": width, "height": 50}]
    return {"boundingBox": {"boundingBoxes": boxes, "inputImageProperties": {"width": 640, "height": 480}}}


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda each: each["task"])
def test_a_label_is_as_aws_documents_it(example: dict[str, Any]) -> None:
    task = TASK_TYPES[example["task"]]
    [label] = consolidated(task, [_answers(example["answers"])], example["categories"])
    assert (label.attachment is not None) == ("attachment" in example) == task.reference
    if label.attachment:
        name, content = example["attachment"]
        assert label.attachment.name == name
        assert content is None or label.attachment.content == base64.b64decode(content)
        label = replace(label, value="s3://labels/0")
    given: dict[str, Any] = {"job": example["job"], "now": NOW, "adjusted": example.get("adjusted")}
    line = augmented(example["line"], example["attribute"], task, label, **given)
    assert read_manifest(written_manifest([line])) == [line] == [example["documented"]]


def test_every_task_has_an_example() -> None:
    assert sorted(each["task"] for each in DOCUMENTED) == sorted(TASK_TYPES)


@pytest.mark.parametrize("name", sorted(TASK_TYPES))
def test_the_attribute_ends_in_ref_where_the_label_is_an_object_of_s3(name: str) -> None:
    task = TASK_TYPES[name]
    assert task.reference == (task.answer in ("mask", "sequence", "points"))


def test_attachments_hold_what_the_worker_has_made() -> None:
    [points] = consolidated(TASK_TYPES["3DPointCloudSemanticSegmentation"], [_answers([{"points": [1, 0]}])], ["Car"])
    assert points.attachment
    assert zlib.decompress(points.attachment.content) == b"\x01\x00"
    [example] = [each for each in DOCUMENTED if each["task"] == "VideoObjectDetection"]
    [sequence] = consolidated(TASK_TYPES["VideoObjectTracking"], [_answers(example["answers"])], ["car", "bus"])
    assert sequence.attachment
    assert json.loads(sequence.attachment.content) == example["answers"][0]


@pytest.mark.parametrize("method", ["dawid-skene", "majority"])
def test_most_workers_decide_a_class(method: Any) -> None:
    said = [{"label": "cat"}, {"label": "dog"}, {"label": "cat"}]
    [label] = consolidated(TASK_TYPES["ImageMultiClass"], [_answers(said)], ["dog", "cat"], method=method)
    assert label.value == 1
    assert label.metadata["class-name"] == "cat"
    assert 0.5 < label.metadata["confidence"] < 1


@pytest.mark.parametrize("again", [False, True])
def test_one_worker_is_taken_at_their_word_whatever_others_say_elsewhere(again: bool) -> None:
    names = [str(number) for number in range(10)]
    said = [_answers([{"label": names[number * 7 % 10]}]) for number in range(100)]
    if again:
        said += [_answers([{"label": "0"}, {"label": "1"}, {"label": "1"}]) for _ in range(100)]
    labels = consolidated(TASK_TYPES["ImageMultiClass"], said, names)
    assert [label.metadata["class-name"] for label in labels[:100]] == [names[n * 7 % 10] for n in range(100)]
    several = [_answers([{"labels": [names[number % 3]]}]) for number in range(30)]
    seen = consolidated(TASK_TYPES["ImageMultiClassMultiLabel"], several, names)
    assert [label.value for label in seen] == [[number % 3] for number in range(30)]


def test_a_majority_is_as_sure_as_its_share() -> None:
    said = [{"label": "cat"}, {"label": "dog"}, {"label": "cat"}, {"label": "cat"}]
    [label] = consolidated(TASK_TYPES["ImageMultiClass"], [_answers(said)], ["dog", "cat"], method="majority")
    assert label.metadata["confidence"] == 0.75


def test_a_multi_label_has_all_that_anybody_has_seen() -> None:
    said = [{"labels": ["sad", "calm"]}, {"labels": ["sad"]}, {"labels": ["sad"]}]
    [label] = consolidated(
        TASK_TYPES["TextMultiClassMultiLabel"], [_answers(said)], ["happy", "sad", "calm"], method="majority"
    )
    assert label.value == [1, 2]
    assert label.metadata == {
        "class-map": {"1": "sad", "2": "calm"},
        "confidence-map": {"1": 1.0, "2": pytest.approx(1 / 3, abs=1e-3)},
    }


def test_what_most_workers_have_drawn_is_one_box() -> None:
    said = [_box("dog", 10), _box("dog", 14), _box("wolf", 12)]
    said[0]["boundingBox"]["boundingBoxes"] += _box("dog", 400)["boundingBox"]["boundingBoxes"]
    [label] = consolidated(TASK_TYPES["BoundingBox"], [_answers(said)], ["dog", "wolf"])
    assert label.value == {
        "image_size": [{"width": 640, "height": 480, "depth": 3}],
        "annotations": [{"class_id": 0, "left": 12, "top": 10, "width": 100, "height": 50}],
    }
    [found] = label.metadata["objects"]
    assert 0.5 < found["confidence"] < 2 / 3


def test_an_image_without_anything_on_it_has_no_boxes() -> None:
    nothing: dict[str, Any] = {
        "boundingBox": {"boundingBoxes": [], "inputImageProperties": {"width": 640, "height": 480}}
    }
    [label] = consolidated(TASK_TYPES["BoundingBox"], [_answers([nothing])], ["dog"])
    assert label.value["annotations"] == label.metadata["objects"] == []


@pytest.mark.parametrize(
    ("task", "content", "reason"),
    [
        ("ImageMultiClass", {"label": "horse"}, "'horse' is none of the categories cat, dog"),
        ("ImageMultiClass", {"labels": ["cat"]}, "has no label that can be read"),
        ("ImageMultiClassMultiLabel", {"labels": "cat"}, "has no labels"),
        ("BoundingBox", _box("horse", 1), "none of the categories"),
        ("BoundingBox", _box("cat", 1, width=0), "has no boundingBoxes"),
        ("BoundingBox", {"boundingBoxes": _box("cat", 1)["boundingBox"]["boundingBoxes"]}, "no inputImageProperties"),
        ("NamedEntityRecognition", {"entities": [{"label": "cat", "startOffset": 4, "endOffset": 4}]}, "no entities"),
        (
            "NamedEntityRecognition",
            {"entities": [{"label": "cow", "startOffset": 1, "endOffset": 4}]},
            "'cow' is none",
        ),
        (
            "SemanticSegmentation",
            {"mask": {"labeledImage": {"pngImageData": "?"}, "labelMappings": {}}},
            "labeledImage",
        ),
        ("VideoObjectTracking", {"tracking-annotations": [{"annotations": [{"class-id": 2}]}]}, "class-id of no"),
        ("3DPointCloudSemanticSegmentation", {"points": [3]}, "points of no category"),
        ("3DPointCloudSemanticSegmentation", {}, "has no points"),
    ],
)
def test_an_answer_of_another_form_is_refused(task: str, content: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnreadableAnswerError, match=reason):
        consolidated(TASK_TYPES[task], [_answers([content])], ["cat", "dog"])


@pytest.mark.parametrize("task", ["SemanticSegmentation", "VideoObjectTracking", "3DPointCloudObjectDetection"])
def test_what_has_no_consolidation_takes_one_worker(task: str) -> None:
    with pytest.raises(UnreadableAnswerError, match="ask one worker"):
        consolidated(TASK_TYPES[task], [_answers([{}, {}])], ["cat", "dog"])
