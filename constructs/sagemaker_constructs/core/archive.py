"""Archives that depend on the content of files alone, and not on who packed them, when or where."""

import gzip
import io
import tarfile
from pathlib import Path


def packed(folder: Path) -> bytes:
    """The files below ``folder`` as a ``.tar.gz``: in the order of their names, without owners and times."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            if not path.is_file() or "__pycache__" in path.parts:
                continue
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size = path.stat().st_size
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                archive.addfile(member, content)
    return gzip.compress(tar.getvalue(), compresslevel=6, mtime=0)
