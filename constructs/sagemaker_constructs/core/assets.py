"""Where the library's own functions and images lie: in the repository, or inside an installed wheel."""

import gzip
import io
import tarfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import IgnoreMode

import sagemaker_constructs

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

LEFT_BEHIND = ("__pycache__", "*.pyc", ".DS_Store")
"""What interpreters and file managers leave in folders: no part of any asset, nor of its hash.

Names as ``.gitignore`` has them. A ``.dockerignore`` needs ``**/`` before each, to mean every folder.
"""

_PACKAGE = Path(sagemaker_constructs.__file__).parent


def asset_root() -> Path:
    """The folder that holds ``lambdas/`` and ``containers/``."""
    installed = _PACKAGE / "_assets"
    return installed if installed.is_dir() else _PACKAGE.parents[1]


def function_code(name: str) -> "lambda_.AssetCode":
    """``lambdas/<name>`` and ``lambdas/common``, as an asset whose hash depends on their contents only."""
    from aws_cdk import aws_lambda as lambda_

    return lambda_.Code.from_asset(
        str(asset_root()),
        ignore_mode=IgnoreMode.GIT,
        exclude=function_exclusions(name),
    )


def function_exclusions(name: str) -> list[str]:
    """Everything but ``lambdas/<name>`` and ``lambdas/common``."""
    return [
        "/*",
        "!/lambdas",
        "/lambdas/*",
        "!/lambdas/__init__.py",
        "!/lambdas/common",
        f"!/lambdas/{name}",
        *LEFT_BEHIND,
    ]


def packed(folder: Path) -> bytes:
    """The files below ``folder`` as a ``.tar.gz``: in the order of their names, without owners and times.

    Without what is ``LEFT_BEHIND``.
    """
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            within = path.relative_to(folder)
            if not path.is_file() or is_left_behind(within):
                continue
            member = tarfile.TarInfo(within.as_posix())
            member.size = path.stat().st_size
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                archive.addfile(member, content)
    return gzip.compress(tar.getvalue(), compresslevel=6, mtime=0)


def is_left_behind(path: Path) -> bool:
    """Whether a part of ``path`` is ``LEFT_BEHIND``."""
    return any(fnmatchcase(part, pattern) for part in path.parts for pattern in LEFT_BEHIND)
