"""`python -m monitor baseline` and `python -m monitor run`, which is also what it does without an argument."""

import sys

from monitor.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
