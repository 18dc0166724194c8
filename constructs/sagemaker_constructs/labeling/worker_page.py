"""The page on which a worker answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from sagemaker_constructs.core.problems import Problem, nearest_to
from sagemaker_constructs.labeling.built_in_tasks import BuiltInTask

_SCRIPT = "https://assets.crowd.aws/crowd-html-elements.js"
_EMPTY = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    }
)
_UNCLOSED = frozenset(
    {
        "p",
        "li",
        "dt",
        "dd",
        "tr",
        "td",
        "th",
        "thead",
        "tbody",
        "tfoot",
        "option",
    }
)
"""Elements that HTML lets end by themselves."""
CROWD_ELEMENTS = frozenset(
    {
        "crowd-alert",
        "crowd-badge",
        "crowd-bounding-box",
        "crowd-button",
        "crowd-card",
        "crowd-checkbox",
        "crowd-classifier",
        "crowd-classifier-multi-select",
        "crowd-entity-annotation",
        "crowd-fab",
        "crowd-form",
        "crowd-icon-button",
        "crowd-image-classifier",
        "crowd-image-classifier-multi-select",
        "crowd-input",
        "crowd-instance-segmentation",
        "crowd-instructions",
        "crowd-keypoint",
        "crowd-line",
        "crowd-modal",
        "crowd-polygon",
        "crowd-polyline",
        "crowd-radio-button",
        "crowd-radio-group",
        "crowd-semantic-segmentation",
        "crowd-slider",
        "crowd-tab",
        "crowd-tabs",
        "crowd-text-area",
        "crowd-toast",
        "crowd-toggle-button",
    }
)
"""What AWS's script has, see https://docs.aws.amazon.com/sagemaker/latest/dg/sms-ui-template-reference.html"""

_ELEMENTS = {
    "class": "crowd-image-classifier",
    "classes": "crowd-image-classifier-multi-select",
    "boxes": "crowd-bounding-box",
    "mask": "crowd-semantic-segmentation",
}
_OF_TEXT = {"class": "crowd-classifier", "classes": "crowd-classifier-multi-select"}
_OBJECT = "{{ task.input.taskObject | grant_read_access }}"
_LABELS = "{{ task.input.labels | to_json | escape }}"


@dataclass(frozen=True)
class WorkerPage:
    """A template of a page, in HTML with AWS's crowd elements and Liquid's ``{{ task.input.… }}``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-custom-templates-step2.html
    """

    html: str

    @staticmethod
    def from_file(path: str) -> "WorkerPage":
        """The template in a file of the project."""
        return WorkerPage(Path(path).read_text(encoding="utf-8"))

    @staticmethod
    def of(task: BuiltInTask, question: str, instructions: str) -> "WorkerPage | None":
        """The page of a built-in task on images or texts; None for one that AWS has a page for, or nobody."""
        if task.ui or task.audits:
            return None
        of_image = task.name.startswith(("Image", "Bounding", "Semantic"))
        element = _ELEMENTS[task.answer] if of_image else _OF_TEXT[task.answer]
        name = "boundingBox" if task.answer == "boxes" else element
        choices = "labels" if task.answer in ("boxes", "mask") else "categories"
        source = f' src="{_OBJECT}"' if of_image else ""
        shown = "{{ task.input.taskObject }}"
        if task.name.startswith("Video"):
            shown = f'<video controls width="100%"><source src="{_OBJECT}"></video>'
        target = "" if of_image else f"\n    <classification-target>{shown}</classification-target>"
        return WorkerPage(
            f'<script src="{_SCRIPT}"></script>\n'
            f"<crowd-form>\n"
            f'  <{element} name="{name}"{source} header="{escape(question)}" {choices}="{_LABELS}">{target}\n'
            f'    <full-instructions header="Instructions">{escape(instructions)}</full-instructions>\n'
            f"    <short-instructions>{escape(instructions)}</short-instructions>\n"
            f"  </{element}>\n"
            f"</crowd-form>\n"
        )

    def problems(self) -> Iterator[Problem]:
        """What is wrong: unknown elements, elements that do not end, nothing that submits an answer."""
        reader = _Reader()
        reader.feed(self.html)
        reader.close()
        yield from (Problem("page", words) for words in (*reader.faults, *reader.unended()))
        for opened, closed in (("{{", "}}"), ("{%", "%}")):
            if self.html.count(opened) != self.html.count(closed):
                yield Problem("page", f"must end each {opened} with {closed}, got: {self.html.count(opened)} of them")
        if not {"crowd-form", "form"} & reader.seen:
            yield Problem("page", "must have a crowd-form or a form, which submits the answer, got: none")
        if any(each.startswith("crowd-") for each in reader.seen) and _SCRIPT not in reader.scripts:
            yield Problem(
                "page", f"must load {_SCRIPT}, which has the crowd elements, got: {reader.scripts or 'none'}"
            )


class _Reader(HTMLParser):
    """Notes which elements there are, and which do not end."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.scripts: list[str] = []
        self.faults: list[str] = []
        self._open: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        line = self.getpos()[0]
        if tag == "script":
            self.scripts += [value for name, value in attrs if name == "src" and value]
        if tag.startswith("crowd-") and tag not in CROWD_ELEMENTS:
            near = nearest_to(tag, sorted(CROWD_ELEMENTS))
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            self.faults.append(f"must have AWS's crowd elements, got: {tag} in line {line}{hint}")
        if tag not in _EMPTY:
            self._open.append((tag, line))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A slash does not end an element in HTML, but for those of SVG, which have no content either.
        self.handle_starttag(tag, attrs)
        if tag not in _EMPTY:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open[-1][0] in _UNCLOSED and self._open[-1][0] != tag:
            self._open.pop()
        if self._open and self._open[-1][0] == tag:
            self._open.pop()
        elif tag not in _EMPTY | _UNCLOSED:
            around = f"{self._open[-1][0]} of line {self._open[-1][1]}" if self._open else "nothing"
            self.faults.append(f"must end elements in turn, got: </{tag}> in line {self.getpos()[0]} within {around}")

    def unended(self) -> list[str]:
        """What is left open."""
        return [
            f"must end each element, got: {tag} of line {line} without an end"
            for tag, line in self._open
            if tag not in _UNCLOSED
        ]
