"""Graphviz: its language, and the pictures that it draws."""

import json
import subprocess
from collections.abc import Mapping
from html import escape
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# The one font whose letters are as wide wherever the picture is looked at as Graphviz reckons.
_FONT = "Courier"
_LINES = {"data": 'color="#475569"', "order": 'style=dashed, color="#94a3b8"', "branch": 'color="#b45309"'}


def draw(graphs: Mapping[str, str]) -> dict[str, str]:
    """The SVG of each graph by its name, all of them by one process of Node, with nothing from elsewhere.

    Raises CalledProcessError where a graph is no graph.
    """
    command = ["node", Path(__file__).with_name("draw.js")]
    done = subprocess.run(
        command, input=json.dumps(graphs), stdout=subprocess.PIPE, text=True, check=True, cwd=PROJECT
    )
    return json.loads(done.stdout)


def quoted(text: str) -> str:
    """``text`` as an identifier of a graph."""
    return json.dumps(text)


def label(title: str, *lines: str, align: str = "CENTER") -> str:
    """A label with a bold ``title`` and smaller ``lines`` below it; empty ones are left out."""
    end = f'<BR ALIGN="{align}"/>'
    small = "".join(f'<FONT POINT-SIZE="10">{escape(line)}</FONT>{end}' for line in lines if line)
    return f"<<B>{escape(title)}</B>{end}{small}>"


def edge(source: str, target: str, words: str, *, line: str) -> str:
    """An arrow that is a flow of ``data``, an ``order`` or a ``branch``."""
    return f"{quoted(source)} -> {quoted(target)} [label={quoted(words)}, {_LINES[line]}]"


def graph(title: str, body: list[str], *, caption: str = "") -> str:
    """The whole graph, from left to right."""
    return "\n".join(
        [
            f"digraph {quoted(title)} {{",
            "rankdir=LR; bgcolor=white; pad=0.3; nodesep=0.3; ranksep=0.6; labelloc=t; labeljust=l",
            f'fontname="{_FONT}"',
            f"label={label(title, caption, align='LEFT')}",
            'node [shape=box, style="rounded,filled", fillcolor="#f1f5f9", color="#64748b", margin="0.1,0.1"]',
            f'node [fontname="{_FONT}", fontsize=12]',
            f'edge [fontname="{_FONT}", fontsize=9, fontcolor="#475569", arrowsize=0.7]',
            *body,
            "}",
        ]
    )
