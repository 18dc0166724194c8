"""Real images of digits: PNG files whose gray values go to 240, and what each one shows."""

import json
import struct
import subprocess
import zlib
from collections.abc import Sequence
from functools import cache

from tools.image_environment import interpreter

COUNT = 100
_DIGITS = (
    "import json, sys; from sklearn.datasets import load_digits; d = load_digits(); n = int(sys.argv[1]);"
    " print(json.dumps([(15 * d.images[:n]).astype(int).tolist(), d.target[:n].tolist()]))"
)


@cache
def digits(count: int = COUNT) -> tuple[list[bytes], list[int]]:
    """The first ``count`` images, and their digits."""
    command = [interpreter("tabular"), "-c", _DIGITS, str(count)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    images, truth = json.loads(told.stdout)
    return [_png(image) for image in images], truth


def _png(rows: Sequence[Sequence[int]]) -> bytes:
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    lines = zlib.compress(b"".join(bytes([0, *row]) for row in rows))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", lines) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
