"""Writes the documentation site: ``python -m tools.site FOLDER``."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.site.build import SiteError, build


def main(site: Path) -> int:
    """The exit status: 1 where a page cannot be built."""
    with TemporaryDirectory() as sources:
        try:
            build(Path(sources), site)
        except SiteError as error:
            print(error, file=sys.stderr)
            return 1
    print(site / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
