"""Prints whether rows of CSV become the numbers that Python reads, and how many tables were compared."""

import json
import random
import struct

import numpy

from serving.formats.rows import as_matrix, parse_csv

chance = random.Random(7)
words = [
    "0",
    "-0",
    "-0.0",
    "1e-400",
    "5e-324",
    "2.2250738585072011e-308",
    "1.7976931348623157e308",
    "1E+2",
    "9007199254740993",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "0.1000000000000000055511151231257827",
    "8.5e22",
    "1.00000000000000011102230246251565",
]
while len(words) < 6000:
    number = struct.unpack("d", chance.randbytes(8))[0]
    if number - number == 0:
        words += [repr(number), f"{number:.25e}", f"{chance.random():.6f}", str(chance.randrange(-(10**19), 10**19))]
rows = [words[begin : begin + 5] for begin in range(0, len(words) - 4, 5)]
expected = numpy.array([[float(word) for word in row] for row in rows])
pairs = [slice(begin, begin + 2) for begin in range(0, len(rows) - 1, 2)]
found = [
    numpy.array_equal(as_matrix(parse_csv(end.join(map(",".join, rows[some])).encode()), 5), expected[some])
    for end in ("\n", "\r\n")
    for some in [slice(None), *pairs]
]
print(json.dumps([len(found), all(found)]))
