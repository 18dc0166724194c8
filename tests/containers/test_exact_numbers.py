"""Many rows of CSV take another way than one row does: to the same numbers, to the last digit."""

import json
import subprocess
from pathlib import Path

from emulator.images.store import LocalImage
from harness.container_processes import process_environment

SAME_AS_PYTHON = """
import json, random, struct
import numpy
from serving.rows import as_matrix, parse_csv

chance = random.Random(7)
words = ["0", "-0", "-0.0", "1e-400", "5e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "1E+2",
         "9007199254740993", "-9223372036854775808", "18446744073709551615", "18446744073709551616",
         "0.1000000000000000055511151231257827", "8.5e22", "1.00000000000000011102230246251565"]
while len(words) < 6000:
    number = struct.unpack("d", chance.randbytes(8))[0]
    if number - number == 0:
        words += [repr(number), f"{number:.25e}", f"{chance.random():.6f}", str(chance.randrange(-10**19, 10**19))]
rows = [words[begin : begin + 5] for begin in range(0, len(words) - 4, 5)]
expected = numpy.array([[float(word) for word in row] for row in rows])
pairs = [slice(begin, begin + 2) for begin in range(0, len(rows) - 1, 2)]
found = [numpy.array_equal(as_matrix(parse_csv(end.join(map(",".join, rows[some])).encode()), 5), expected[some])
         for end in ("\\n", "\\r\\n") for some in [slice(None), *pairs]]
print(json.dumps([len(found), all(found)]))
"""

UNLIKE_ROWS = """
import json
from serving.errors import RequestError
from serving.rows import as_matrix, parse_csv

def said(text):
    try:
        return as_matrix(parse_csv(text.encode()), 2).tolist()
    except RequestError as error:
        return str(error)

print(json.dumps([said(text) for text in
      ("1,2\\n3,4", "1,2\\n\\n3,4\\n", "1\\n2,3,4", "1,2\\n3", "1\\n2", "1,2\\n3,x", "1,2\\n3,{}", "1,2\\n3,1e999",
       "1,2\\n3,4],[5,6", "1,2\\n3,]")]))
"""


def evaluated(image: LocalImage, folder: Path, program: str) -> list[object]:
    environment = process_environment(image, folder)
    done = subprocess.run([image.python, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
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
