"""What Label Studio reads and leaves, for the tasks that it shares with Ground Truth.

See https://labelstud.io/guide/task_format and https://labelstud.io/guide/storage
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from lambdas.labeling.answers import UnreadableAnswerError, WorkerAnswer
from lambdas.labeling.manifests import Line
from lambdas.labeling.task_types import TaskType

FORMS = ("class", "classes", "boxes", "spans")
"""The forms of an answer that are read."""

PROPOSAL = "proposal"
"""The version of all proposals, by which a project shows them."""
_NAME = "answer"
_SHOWN = "object"


def shows_text(task: TaskType) -> bool:
    """Whether people see the text of a line; otherwise, the image that it names."""
    return task.name.startswith("Text") or task.answer == "spans"


def project_configuration(task: TaskType, question: str, labels: Sequence[str]) -> str:
    """The labeling configuration of a project, in which each label has a key of its own where there are few.

    See https://labelstud.io/tags
    """
    shown = (
        f'<Text name="{_SHOWN}" value="$text"/>' if shows_text(task) else f'<Image name="{_SHOWN}" value="$image"/>'
    )
    kind, member, more = {
        "class": ("Choices", "Choice", ' choice="single-radio" required="true" showInline="true"'),
        "classes": ("Choices", "Choice", ' choice="multiple" showInline="true"'),
        "boxes": ("RectangleLabels", "Label", ' canRotate="false"'),
        "spans": ("Labels", "Label", ""),
    }[task.answer]
    keys = [f' hotkey="{index}"' if len(labels) <= 10 else "" for index in range(len(labels))]
    choices = "".join(f"<{member} value={quoteattr(label)}{key}/>" for label, key in zip(labels, keys, strict=True))
    # First what can be chosen: an image may be as high as the page.
    return (
        f"<View><Header value={quoteattr(question)}/>"
        f'<{kind} name="{_NAME}" toName="{_SHOWN}"{more}>{choices}</{kind}>{shown}</View>'
    )


def project_task(number: int, line: Line) -> Mapping[str, Any]:
    """The task of a line: with the line itself, which comes back with the answers."""
    shown = {"image": line["source-ref"]} if "source-ref" in line else {"text": line["source"]}
    return {"data": {**shown, "number": number, "line": dict(line)}}


def proposed_task(number: int, line: Line, label: str, confidence: float) -> Mapping[str, Any]:
    """The same with a class that a model proposes, which people see as chosen already.

    See https://labelstud.io/guide/predictions
    """
    chosen = {"from_name": _NAME, "to_name": _SHOWN, "type": "choices", "value": {"choices": [label]}}
    proposal = {"model_version": PROPOSAL, "score": confidence, "result": [chosen]}
    return {**project_task(number, line), "predictions": [proposal]}


@dataclass(frozen=True)
class Annotation:
    """What a person has said of a task, as Label Studio's target storage writes it.

    ``number`` is the place of the line in its manifest, ``line`` the line, ``at`` when it was changed last.
    ``answer`` is None where the task was skipped.
    """

    number: int
    line: Line
    at: str
    worker: str
    answer: WorkerAnswer | None


def read_annotation(stored: Mapping[str, Any], task: TaskType) -> Annotation:
    """Read an object of the target storage. Raises ``UnreadableAnswerError``."""
    try:
        data = stored["task"]["data"]
        person = stored["completed_by"]
        worker = str(person["email"])
        answer = None
        if not stored.get("was_cancelled"):
            answer = WorkerAnswer(worker, _READ[task.answer](stored["result"]))
        return Annotation(int(data["number"]), data["line"], str(stored["updated_at"]), worker, answer)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UnreadableAnswerError(f"annotation {stored.get('id')} cannot be read: {error!r}") from None


@dataclass
class AnsweredLine:
    """A line with the last answer of each person, and when the last of them came."""

    line: Line
    answers: list[WorkerAnswer]
    at: str


def answered_lines(annotations: Iterable[Annotation]) -> Sequence[AnsweredLine]:
    """The lines that somebody has answered, in their order; what came twice, or late, changes nothing."""
    latest: dict[tuple[str, str], Annotation] = {}
    for each in annotations:
        # Its number is another one in a manifest with more objects, and may be that of another line there.
        asked = json.dumps(each.line, sort_keys=True), each.worker
        before = latest.get(asked)
        if before is None or each.at >= before.at:
            latest[asked] = each
    found: dict[str, AnsweredLine] = {}
    for (asked, _), each in sorted(latest.items(), key=lambda item: (item[1].number, item[0])):
        if each.answer is not None:
            line = found.setdefault(asked, AnsweredLine(each.line, [], each.at))
            line.answers.append(each.answer)
            line.at = max(line.at, each.at)
    return list(found.values())


_Results = Sequence[Mapping[str, Any]]


def _choices(results: _Results) -> list[str]:
    return [str(choice) for each in results if each["from_name"] == _NAME for choice in each["value"]["choices"]]


def _boxes(results: _Results) -> dict[str, Any]:
    """Places in percent of the image, as pixels; an image without boxes has no size that is known."""
    regions = [each for each in results if each["from_name"] == _NAME]
    boxes: list[dict[str, Any]] = []
    for each in regions:
        value, across, down = each["value"], each["original_width"] / 100, each["original_height"] / 100
        box = {
            "left": value["x"] * across,
            "top": value["y"] * down,
            "width": value["width"] * across,
            "height": value["height"] * down,
        }
        boxes.append({"label": value["rectanglelabels"][0], **box})
    size = {"width": regions[0]["original_width"], "height": regions[0]["original_height"]} if regions else None
    return {"boundingBoxes": boxes, **({"inputImageProperties": size} if size else {})}


def _spans(results: _Results) -> dict[str, Any]:
    values = [each["value"] for each in results if each["from_name"] == _NAME]
    entities = [
        {"label": each["labels"][0], "startOffset": each["start"], "endOffset": each["end"]} for each in values
    ]
    return {"entities": entities}


_READ: Mapping[str, Callable[[_Results], dict[str, Any]]] = {
    "class": lambda results: {"label": _choices(results)[0]},
    "classes": lambda results: {"labels": _choices(results)},
    "boxes": _boxes,
    "spans": _spans,
}
