"""One label for each object, from the answers of its workers."""

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lambdas.labeling.answers import UnreadableAnswerError, WorkerAnswer
from lambdas.labeling.dawid_skene import Beliefs, dawid_skene, shares
from lambdas.labeling.matching import matched_boxes, matched_spans
from lambdas.labeling.task_types import TaskType

Method = Literal["dawid-skene", "majority"]
Answers = Sequence[WorkerAnswer]
"""What the workers have said of one object."""

_COLORS = (
    "#ffffff",
    "#2ca02c",
    "#1f77b4",
    "#ff7f0e",
    "#d62728",
    "#9467bd",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
)
_CHANNELS = 3
"""What the metadata of boxes say of every image; a worker's page reports width and height alone."""


@dataclass(frozen=True)
class Attachment:
    """What a label points to in S3: the end of its key, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Label:
    """The value of the label attribute, and what is particular in its metadata; a label may have an attachment
    instead of a value, which is the URL that it is stored at.
    """

    value: Any
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    attachment: Attachment | None = None


def consolidated(
    task: TaskType, objects: Sequence[Answers], categories: Sequence[str], *, method: Method = "dawid-skene"
) -> list[Label]:
    """The label of each of ``objects``, all of which have an answer; confidence is 0 where there is only one.

    Classes are those that ``method`` believes in, boxes and spans the middle of what more than half of the workers
    have marked. Masks, sequences, cuboids and points are those of one worker.

    Raises ``UnreadableAnswerError`` for an answer of another form, or with a class that is none of ``categories``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-annotation-consolidation.html
    """
    return _FORMS[task.answer](
        _Batch(task, objects, tuple(categories), dawid_skene if method == "dawid-skene" else shares)
    )


@dataclass(frozen=True)
class _Batch:
    task: TaskType
    objects: Sequence[Answers]
    categories: tuple[str, ...]
    believe: Callable[[Sequence[Mapping[str, str]], Sequence[str]], Beliefs]

    def beliefs(self, votes: Sequence[Mapping[str, str]], classes: Sequence[str]) -> Beliefs:
        """What is believed of each object; of one that a single worker has seen, what that one has said.

        Of a single worker's confusions nothing can be learned: estimates would drift away from the answers.
        """
        said = shares(votes, classes)
        believed = self.believe(votes, classes) if any(len(each) > 1 for each in votes) else said
        return [one if len(each) == 1 else other for each, one, other in zip(votes, said, believed, strict=True)]

    def index(self, label: str) -> int:
        try:
            return self.categories.index(label)
        except ValueError:
            raise UnreadableAnswerError(f"{label!r} is none of the categories {', '.join(self.categories)}") from None

    def names(self, labels: Sequence[str]) -> dict[str, str]:
        return {str(self.index(label)): label for label in dict.fromkeys(labels)}

    def single(self) -> list[WorkerAnswer]:
        """The one answer of each object. Raises ``UnreadableAnswerError`` where there are several."""
        if any(len(answers) > 1 for answers in self.objects):
            raise UnreadableAnswerError(f"{self.task.name} has no consolidation here: ask one worker for each object")
        return [answers[0] for answers in self.objects]


def _class(batch: _Batch) -> list[Label]:
    votes = [{answer.worker: answer.label() for answer in answers} for answers in batch.objects]
    for said in votes:
        for label in said.values():
            batch.index(label)
    beliefs = batch.beliefs(votes, batch.categories)
    labels: list[Label] = []
    for answers, belief in zip(batch.objects, beliefs, strict=True):
        name = max(batch.categories, key=lambda each: belief[each])
        metadata: dict[str, Any] = {"class-name": name, "confidence": _confidence(answers, belief[name])}
        if batch.task.type == "label-verification":
            comments = [{"comment": said} for said in (answer.comment() for answer in answers) if said]
            metadata |= {"worker-feedback": comments} if comments else {}
        labels.append(Label(batch.index(name), metadata))
    return labels


def _classes(batch: _Batch) -> list[Label]:
    """Every class that anybody has seen, each as a question of its own that all workers have answered."""
    said = [{answer.worker: set(answer.labels()) for answer in answers} for answers in batch.objects]
    sure: dict[str, list[float]] = {}
    for name in batch.categories:
        votes = [{worker: "yes" if name in labels else "no" for worker, labels in each.items()} for each in said]
        sure[name] = [belief["yes"] for belief in batch.beliefs(votes, ("yes", "no"))]
    result: list[Label] = []
    for position, (answers, each) in enumerate(zip(batch.objects, said, strict=True)):
        seen = sorted({batch.index(label) for labels in each.values() for label in labels})
        names = [batch.categories[index] for index in seen]
        confidence = {
            str(index): _confidence(answers, sure[name][position]) for index, name in zip(seen, names, strict=True)
        }
        result.append(Label(seen, {"class-map": batch.names(names), "confidence-map": confidence}))
    return result


def _boxes(batch: _Batch) -> list[Label]:
    labels: list[Label] = []
    for answers in batch.objects:
        found = matched_boxes([answer.boxes() for answer in answers])
        known = [size for size in (answer.image_size() for answer in answers) if size]
        annotations = [
            {
                "class_id": batch.index(each.shape.label),
                "left": round(each.shape.left),
                "top": round(each.shape.top),
                "width": round(each.shape.width),
                "height": round(each.shape.height),
            }
            for each in found
        ]
        size = [{"width": width, "height": height, "depth": _CHANNELS} for width, height in known[:1]]
        metadata = {
            "objects": [{"confidence": each.confidence} for each in found],
            "class-map": batch.names([each.shape.label for each in found]),
        }
        labels.append(Label({"image_size": size, "annotations": annotations}, metadata))
    return labels


def _spans(batch: _Batch) -> list[Label]:
    labels: list[Label] = []
    for answers in batch.objects:
        found = sorted(
            matched_spans([answer.spans() for answer in answers]), key=lambda each: (each.shape.start, each.shape.end)
        )
        batch.names([each.shape.label for each in found])
        entities = [
            {"label": each.shape.label, "startOffset": each.shape.start, "endOffset": each.shape.end}
            for each in found
        ]
        value = {"annotations": {"labels": [{"label": name} for name in batch.categories], "entities": entities}}
        labels.append(Label(value, {"entities": [{"confidence": each.confidence} for each in found]}))
    return labels


def _mask(batch: _Batch) -> list[Label]:
    """The image that one worker has painted, with the color of each class."""
    labels: list[Label] = []
    for answer in batch.single():
        try:
            [element] = [each for each in answer.content.values() if "labeledImage" in each]
            image = base64.b64decode(element["labeledImage"]["pngImageData"], validate=True)
            colors = {name: mapping["color"] for name, mapping in element["labelMappings"].items()}
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            raise UnreadableAnswerError(
                f"the answer of worker {answer.worker} has no labeledImage that can be read"
            ) from None
        painted = [("BACKGROUND", _COLORS[0]), *((name, colors[name]) for name in batch.categories if name in colors)]
        batch.names(list(colors))
        color_map = {
            str(index): {"class-name": name, "confidence": 0.0, "hex-color": color}
            for index, (name, color) in enumerate(painted)
        }
        labels.append(Label(None, {"internal-color-map": color_map}, Attachment("mask.png", image)))
    return labels


def _sequence(batch: _Batch) -> list[Label]:
    """What one worker has drawn on all frames, as a file of its own."""
    labels: list[Label] = []
    for answer in batch.single():
        frames = next((each for name, each in answer.content.items() if name.endswith("-annotations")), None)
        seen = _class_ids(batch, answer, [box for frame in frames or () for box in frame.get("annotations", ())])
        metadata: dict[str, Any] = {"class-map": seen}
        if batch.task.name.endswith("3DPointCloudObjectTracking"):
            numbers = [frame.get("frame-number", frame.get("frame-no")) for frame in frames or ()]
            metadata["objects"] = [{"frame-no": number, "confidence": list[float]()} for number in numbers]
        content = json.dumps(answer.content).encode()
        labels.append(Label(None, metadata, Attachment("SeqLabel.json", content)))
    return labels


def _cuboids(batch: _Batch) -> list[Label]:
    labels: list[Label] = []
    for answer in batch.single():
        cuboids = answer.content.get("annotations", [])
        metadata = {"objects": list[Any](), "class_map": _class_ids(batch, answer, cuboids)}
        labels.append(Label({"annotations": cuboids}, metadata))
    return labels


def _points(batch: _Batch) -> list[Label]:
    """The class of each point of a cloud, a byte each: 0 is the background, and 1 the first category."""
    labels: list[Label] = []
    for answer in batch.single():
        try:
            classes = [int(each) for each in answer.content["points"]]
        except (KeyError, TypeError, ValueError):
            raise UnreadableAnswerError(
                f"the answer of worker {answer.worker} has no points that can be read"
            ) from None
        names = ("Background", *batch.categories)
        if not all(0 <= each < len(names) for each in classes):
            raise UnreadableAnswerError(f"the answer of worker {answer.worker} has points of no category")
        colors = {
            str(index): {"class-name": name, "hex-color": _COLORS[index % len(_COLORS)], "confidence": 0.0}
            for index, name in enumerate(names)
        }
        content = zlib.compress(bytes(classes))
        labels.append(Label(None, {"color-map": colors}, Attachment("points.zlib", content)))
    return labels


def _class_ids(batch: _Batch, answer: WorkerAnswer, shapes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    try:
        found = sorted({int(each["class-id"]) for each in shapes})
        return {str(index): batch.categories[index] for index in found if index >= 0}
    except (KeyError, TypeError, ValueError, IndexError):
        raise UnreadableAnswerError(f"the answer of worker {answer.worker} has a class-id of no category") from None


def _confidence(answers: Answers, believed: float) -> float:
    return round(believed, 4) if len(answers) > 1 else 0.0


_FORMS: Mapping[str, Callable[[_Batch], list[Label]]] = {
    "class": _class,
    "classes": _classes,
    "boxes": _boxes,
    "spans": _spans,
    "mask": _mask,
    "sequence": _sequence,
    "cuboids": _cuboids,
    "points": _points,
}
