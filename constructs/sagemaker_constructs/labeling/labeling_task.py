"""What workers are asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches, no_more_than, one_of, unique, within
from sagemaker_constructs.labeling.built_in_tasks import BuiltInTask, built_in_tasks
from sagemaker_constructs.labeling.custom_task import CustomTask
from sagemaker_constructs.labeling.worker_page import WorkerPage

_MOST_LABELS: Mapping[str, int] = {"boxes": 50, "spans": 50}
_ATTRIBUTE = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,126}"
_LETTERS = r"[A-Za-z0-9]+( [A-Za-z0-9]+)*"


@dataclass(frozen=True)
class LabelingTask:
    """One question about each object, and the ``labels`` that answer it.

    ``kind`` is one of AWS's built-in tasks by the name of its functions, such as ``ImageMultiClass``, ``BoundingBox``
    or ``NamedEntityRecognition``, or a ``CustomTask``. ``title`` (maximum 128 characters) is what workers see first,
    ``description`` (maximum 255, default: the title) and ``instructions`` tell them more, and up to five ``keywords``
    let them find it.

    ``page`` is what they answer on: one of AWS's, or one made here, unless it is given. A custom task needs one, and
    so do the verification and the adjustment of boxes and masks. ``audits`` is the label attribute that is verified
    or adjusted, where AWS's page shows it.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-task-types.html
    """

    kind: str | CustomTask
    title: str
    labels: Sequence[str]
    description: str = ""
    instructions: str = ""
    keywords: Sequence[str] = ()
    page: WorkerPage | None = None
    audits: str = ""

    @property
    def built_in(self) -> BuiltInTask | None:
        """The built-in task; None for one of your own."""
        return built_in_tasks().get(self.kind) if isinstance(self.kind, str) else None

    @property
    def reference(self) -> bool:
        """Whether a label points to an object of S3, so that its attribute ends in ``-ref``."""
        own = self.kind if isinstance(self.kind, CustomTask) else self.built_in
        return bool(own and own.reference)

    @property
    def shown(self) -> WorkerPage | None:
        """The page that is uploaded; None where AWS has one."""
        made = self.built_in and WorkerPage.of(self.built_in, self.title, self.instructions or self.title)
        return self.page or made or None

    @property
    def worker_instructions(self) -> Mapping[str, str] | None:
        """What AWS's page for entities requires beside the labels."""
        if self.built_in is None or self.built_in.answer != "spans":
            return None
        text = self.instructions or self.title
        return {"shortInstruction": f"<p>{text}</p>", "fullInstruction": f"<p>{text}</p>"}

    def problems(self, workers: int) -> Iterator[Problem | None]:
        """What is wrong with it, for that many ``workers`` on each object."""
        if isinstance(self.kind, str):
            yield one_of("kind", self.kind, built_in_tasks())
        elif workers > 1 and self.kind.after is None:
            yield Problem("kind.after", f"is needed to make one label of several answers, got: {workers} workers")
        task = self.built_in
        yield matches("title", self.title, r"[\t\n\r -\ud7ff\ue000-\ufffd]{1,128}", "1 to 128 characters")
        yield matches("description", self.description, r".{0,255}", "at most 255 characters on one line")
        yield no_more_than("keywords", self.keywords, 5)
        for index, keyword in enumerate(self.keywords):
            yield matches(f"keywords[{index}]", keyword, rf"(?=.{{1,30}}$){_LETTERS}", "1 to 30 letters and digits")
        fewest = task.labels if task else 1
        if len(self.labels) < fewest:
            yield Problem("labels", f"must be {fewest} or more, got: {len(self.labels)}")
        if task and task.answer in _MOST_LABELS:
            yield no_more_than("labels", self.labels, _MOST_LABELS[task.answer])
        yield from unique({f"labels[{index}]": label for index, label in enumerate(self.labels)})
        if task and task.ui and self.page:
            yield Problem("page", f"is AWS's own for {task.name}, got: a page")
        if self.shown is None and not (task and task.ui):
            yield Problem("page", f"is needed: neither AWS nor this library has one for {self._name}, got: none")
        if task and task.audits and task.ui and not self.audits:
            yield Problem("audits", f"must be the attribute whose labels {task.name} looks at, got: none")
        if self.audits and not (task and task.audits):
            yield Problem("audits", f"is for tasks that look at labels again, got: {self._name}")
        if self.page:
            yield from within("", self.page.problems())

    @property
    def _name(self) -> str:
        return self.kind if isinstance(self.kind, str) else "a custom task"


def attribute_problem(path: str, attribute: str) -> Problem | None:
    """Rule: the name of a label attribute.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateLabelingJob.html
    """
    return matches(path, attribute, _ATTRIBUTE, "letters, digits and hyphens, at most 127")
