"""Reads the file that its argument names, with modules of another folder."""

import sys
from pathlib import Path

from first import FIRST
from second_of_two import SECOND
from tiny import VALUE

print(FIRST, SECOND, VALUE, Path(sys.argv[1]).read_text().strip())
