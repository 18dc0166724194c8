"""The portal's pages. They load nothing from elsewhere: AWS's crowd elements are scripts that live there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from mimetypes import guess_type

from emulator.jobs.labeling.board import OpenTask

_STYLE = (
    "body{font:16px sans-serif;margin:2rem;max-width:60rem}label{margin-right:1rem}"
    "img{max-width:100%;min-width:8rem;image-rendering:pixelated}"
)


def media_type(url: str) -> str:
    """Of an object, by its name."""
    return guess_type(url)[0] or "application/octet-stream"


def overview(tasks: Sequence[OpenTask]) -> str:
    """All open tasks."""
    rows = "".join(
        f'<li><a href="/portal/work/{escape(task.id)}">{escape(task.title)}</a>'
        f" {escape(task.job)}, {escape(task.team)}</li>"
        for task in tasks
    )
    return _document("Tasks", f"<h1>{len(tasks)} tasks</h1><ul>{rows}</ul>")


def task(task: OpenTask) -> str:
    """One task, with a form for its answer."""
    match task.form:
        case "class" | "classes":
            kind = "radio" if task.form == "class" else "checkbox"
            choices = "".join(
                f'<label><input type="{kind}" name="label" value="{escape(each)}"> {escape(each)}</label>'
                for each in task.labels
            )
        case _:
            given = escape(json.dumps(dict(task.input), indent=1))
            choices = (
                f"<pre>{given}</pre><p>What the page of the task would submit, as JSON:</p>"
                '<textarea name="answer" rows="10" cols="80"></textarea>'
            )
    return _document(
        task.title,
        f"<h1>{escape(task.title)}</h1><p>{escape(task.instructions)}</p>{_shown(task)}"
        f'<form method="post" action="/portal/tasks/{escape(task.id)}"><p>{choices}</p>'
        '<p><label>Who are you? <input name="worker" value="worker-1" required></label>'
        '<button type="submit">Submit</button></p></form>',
    )


def _shown(task: OpenTask) -> str:
    if not task.source.startswith("s3://"):
        return f"<blockquote>{escape(task.source)}</blockquote>"
    if media_type(task.source).startswith("image/"):
        return f'<p><img alt="What is to be labeled" src="/portal/objects/{escape(task.id)}"></p>'
    return f'<p><a href="/portal/objects/{escape(task.id)}">{escape(task.source)}</a></p>'


def _document(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
