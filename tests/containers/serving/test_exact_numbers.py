"""Many rows of CSV take another way than one row does: to the same numbers, to the last digit."""

import json
import subprocess
from pathlib import Path

from emulator.images.store import LocalImage
from harness.containers.container_processes import process_environment
from harness.containers.programs import program

SAME_AS_PYTHON = program("probes/same_as_python.py")

UNLIKE_ROWS = program("probes/unlike_rows.py")


def evaluated(image: LocalImage, folder: Path, program: str) -> list[object]:
    environment = process_environment(image, folder)
    done = subprocess.run([image.python, "-c", program], env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_number_is_rounded_as_python_rounds_it(image: LocalImage, tmp_path: Path) -> None:
    count, equal = evaluated(image, tmp_path, SAME_AS_PYTHON)
    assert (count, equal) == (1202, True)


def test_rows_that_are_no_matrix_are_named_as_before(image: LocalImage, tmp_path: Path) -> None:
    assert evaluated(image, tmp_path, UNLIKE_ROWS) == [
        [[1, 2], [3, 4]],
        [[1, 2], [3, 4]],
        "row 1: expected 2 columns, got 1",
        "row 2: expected 2 columns, got 1",
        "row 1: expected 2 columns, got 1",
        "row 2, column 2: 'x' is not a number",
        "row 2, column 2: {} is not a number",
        "row 2, column 2: '1e999' is not a number",
        "row 2: expected 2 columns, got 4",
        "row 2, column 2: ']' is not a number",
    ]
