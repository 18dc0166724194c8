"""The files of a labeling job: its input manifest, its categories, and the augmented manifest that it leaves.

See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-input-data-input-manifest.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from lambdas.labeling.consolidation import Label
from lambdas.labeling.task_types import TaskType

Line = Mapping[str, Any]

LONGEST_LINE = 100_000
"""Characters of a line that AWS takes."""
_SOURCES = ("source-ref", "source")


class UnreadableManifestError(ValueError):
    """A manifest that no labeling job takes, with the number of the line."""


def reference_lines(urls: Iterable[str]) -> list[Line]:
    """A line for each object of S3, in the order of the URLs."""
    return [{"source-ref": url} for url in urls]


def text_lines(texts: Iterable[str]) -> list[Line]:
    """A line for each text."""
    return [{"source": text} for text in texts]


def read_manifest(text: str) -> list[Line]:
    """The lines of an input manifest, or of an augmented one. Raises ``UnreadableManifestError``."""
    lines: list[Line] = []
    for number, written in enumerate(text.split("\n"), 1):
        if not written.strip():
            continue
        if len(written) > LONGEST_LINE:
            raise UnreadableManifestError(f"line {number} has {len(written)} characters, of at most {LONGEST_LINE}")
        try:
            line = json.loads(written)
        except ValueError:
            raise UnreadableManifestError(f"line {number} is no JSON object: {written[:60]}") from None
        if not isinstance(line, dict) or not any(source in line for source in _SOURCES):
            raise UnreadableManifestError(f"line {number} has neither source-ref nor source: {written[:60]}")
        lines.append(cast(Line, line))
    return lines


def written_manifest(lines: Iterable[Line]) -> str:
    """JSON Lines, as jobs read and write them."""
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def category_file(
    categories: Sequence[str], *, audits: str = "", instructions: Mapping[str, str] | None = None
) -> str:
    """The label category configuration file. ``audits`` is the label attribute that workers look at again."""
    return json.dumps(
        {
            "document-version": "2018-11-28",
            "labels": [{"label": each} for each in categories],
            **({"auditLabelAttributeName": audits} if audits else {}),
            **({"instructions": dict(instructions)} if instructions else {}),
        }
    )


def read_categories(text: str) -> list[str]:
    """The categories of such a file, in their order: their places are the classes of labels."""
    return [str(each["label"]) for each in json.loads(text)["labels"]]


def read_audited(text: str) -> str:
    """The label attribute that workers look at again; empty for none."""
    return str(json.loads(text).get("auditLabelAttributeName", ""))


def augmented(
    line: Line,
    attribute: str,
    task: TaskType,
    label: Label,
    *,
    job: str,
    now: datetime,
    adjusted: bool | None = None,
) -> Line:
    """``line`` with a label, and with what it is known by. An attachment is to be stored before.

    ``adjusted`` says of an adjustment whether it differs from what was there before.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-verify-manifest.html
    """
    known: dict[str, Any] = {**label.metadata, "type": f"groundtruth/{task.type}"}
    if adjusted is not None:
        known["adjustment-status"] = "adjusted" if adjusted else "unadjusted"
    return labeled(line, attribute, label.value, known, job=job, now=now)


def labeled(
    line: Line,
    attribute: str,
    value: Any,
    metadata: Mapping[str, Any],
    *,
    job: str,
    now: datetime,
    human: bool = True,
) -> Line:
    """``line`` with a label of whatever type, which takes the place of one of the same name."""
    known = {
        **metadata,
        "job-name": f"labeling-job/{job.lower()}",
        "human-annotated": "yes" if human else "no",
        "creation-date": now.replace(tzinfo=None).isoformat(timespec="microseconds"),
    }
    return {**line, attribute: value, f"{attribute}-metadata": known}
