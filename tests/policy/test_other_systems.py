"""macOS and the Windows Subsystem for Linux are supported, and no test runs there: what only Linux has is guarded."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TREES = ("constructs", "containers", "demo", "emulator", "examples", "lambdas", "models", "stacks", "tools")
LINUX_CALLS = {
    *("eventfd", "memfd_create", "pidfd_open", "posix_fadvise", "posix_fallocate", "sched_getaffinity", "setns"),
    *("sched_setaffinity", "splice", "unshare", "waitid", "prctl", "malloc_trim", "mallopt", "prlimit"),
    *("sigtimedwait", "sigwaitinfo", "epoll"),
}
"""Functions that macOS lacks: of ``os``, ``signal``, ``resource`` and ``select``, and of the C library."""
GUARDS = re.compile(r'sys\.platform|hasattr\(os, "\w+"\)|\.exists\(\)|\.is_file\(\)|suppress\(|except \(?\w*Error')
"""Asks for the system, for the call or for the file, or goes on without it."""

LINUX_SHELL = re.compile(
    r"\b(sha256sum|md5sum|nproc|readlink -f|realpath|stat -c|date -d|sed -i|xargs -r|cp --|timeout \d|flock|setsid)\b"
    r"|/proc/|grep -P|base64 -w"
)
"""Commands and options that macOS's own tools lack."""


def _sources() -> Iterator[Path]:
    for tree in TREES:
        for path in sorted((PROJECT / tree).rglob("*.py")):
            if not any(part.startswith(".") for part in path.relative_to(PROJECT).parts):
                yield path


def _linux_only(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each use of what only Linux has, outside of a function or condition with a guard."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in (each for each in ast.walk(tree) if isinstance(each, ast.expr)):
        used = ""
        if isinstance(node, ast.Attribute) and node.attr in LINUX_CALLS:
            used = node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/proc/"):
            used = node.value
        if used:
            around = [each for each in functions if each.lineno <= node.lineno <= (each.end_lineno or 0)]
            inner = max(around, key=lambda each: each.lineno, default=None)
            lines = source.splitlines()
            text = "\n".join(lines[inner.lineno - 1 : inner.end_lineno]) if inner else lines[node.lineno - 1]
            if not GUARDS.search(text):
                yield node.lineno, used


@pytest.mark.parametrize("path", [*_sources()], ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_only_linux_has_is_guarded(path: Path) -> None:
    assert list(_linux_only(path.read_text())) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\ndef wait(pid):\n    os.waitid(0, pid, 0)\n", [(3, "waitid")]),
        ('import os\ndef wait(pid):\n    if hasattr(os, "waitid"):\n        os.waitid(0, pid, 0)\n', []),
        ('from pathlib import Path\nSIZE = Path("/proc/meminfo").read_text()\n', [(2, "/proc/meminfo")]),
        ("import ctypes, sys\ndef end():\n    if sys.platform == 'linux':\n        ctypes.CDLL(None).prctl(1)\n", []),
    ],
)
def test_a_call_without_a_guard_is_found(source: str, found: list[tuple[int, str]]) -> None:
    assert list(_linux_only(source)) == found


def _shell() -> Iterator[tuple[str, str]]:
    """What people and make run in a shell: the Makefile, scripts, and blocks and commands of pages."""
    yield "Makefile", (PROJECT / "Makefile").read_text()
    for path in [PROJECT / "emulator" / "bin" / "docker", *PROJECT.glob("*.md"), *PROJECT.glob("*/**/*.md")]:
        relative = path.relative_to(PROJECT)
        if not any(part.startswith(".") or part == "node_modules" for part in relative.parts):
            yield str(relative), path.read_text()


@pytest.mark.parametrize(("name", "text"), [*_shell()], ids=[name for name, _ in _shell()])
def test_commands_are_those_of_every_system(name: str, text: str) -> None:
    lines = text.splitlines()
    if name.endswith(".md"):
        fenced = re.findall(r"^```(?:sh|bash|shell)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        lines = [*"\n".join(fenced).splitlines(), *(line for line in lines if re.match(r" {4}[a-z]", line))]
    assert [line for line in lines if LINUX_SHELL.search(line)] == []
