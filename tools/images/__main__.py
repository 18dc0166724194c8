"""`make images`: build every image, prove it without a network, and write what is in it."""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tools.images.base import ensure_base
from tools.images.bill_of_materials import write_bill_of_materials
from tools.images.build import build
from tools.images.commands import CommandError, missing_packages, run
from tools.images.host_settings import borrowed

PROJECT = Path(__file__).resolve().parent.parent.parent
# The smallest training that each image's proof does.
TRAININGS = {
    "tabular": {"dataset": "breast-cancer", "num_iterations": "20"},
    "pytorch": {"dataset": "breast-cancer"},
}
# An image whose default is for GPUs is built for this machine.
ARGUMENTS = {"pytorch": {"LOCK": "requirements-cpu.txt"}}


def main() -> int:
    """Build the images that are named, or all; the exit code is 1 at the first that fails, with the reason."""
    names = sys.argv[1:] or list(TRAININGS)
    if unknown := [name for name in names if name not in TRAININGS]:
        return _refuse(f"unknown image {', '.join(unknown)} (known: {', '.join(TRAININGS)})")
    if packages := missing_packages():
        return _refuse(f"make images needs {', '.join(packages)}: apt-get install {' '.join(packages)}")
    if os.geteuid() != 0:
        return _refuse("make images needs root, to build in a chroot")
    try:
        for name in names:
            _one(name)
    except CommandError as error:
        return _refuse(str(error))
    return 0


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


def _one(name: str) -> None:
    results = PROJECT / "image-results" / name
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    log = results / "build.log"
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        base = ensure_base(log)
        _say(name, f"base {base}", begin)
        options = borrowed(Path(folder))
        arguments = ARGUMENTS.get(name, {})
        image = build(PROJECT / "containers" / name, base=base, arguments=arguments, options=options, log=log)
        _say(name, f"built {image}", begin)
        container = run(["buildah", "from", image], log).strip()
        try:
            root = Path(run(["buildah", "mount", container], log).strip())
            wish = [container, Path(folder) / "ml", json.dumps(TRAININGS[name])]
            said = run(["unshare", "--net", sys.executable, "-m", "tools.images.proof", *wish], log)
            _say(name, f"trained and served without a network; {said.strip().splitlines()[-1]}", begin)
            python, debian = write_bill_of_materials(root, results, log)
            _say(name, f"{python} Python and {debian} Debian packages in {results.relative_to(PROJECT)}/", begin)
            size = run(["du", "--summarize", "--block-size=1M", root], log).split()[0]
            _say(name, f"{size} MB on disk", begin)
        finally:
            run(["buildah", "rm", container], log)


def _say(name: str, what: str, begin: float) -> None:
    print(f"{name:<10}{time.monotonic() - begin:6.1f} s  {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
