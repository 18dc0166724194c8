"""A kernel with the packages of an image."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sagemaker_constructs.core.assets import asset_root
from sagemaker_constructs.core.names import short_hash
from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.workbench.scripts.lifecycle_script import (
    HOME,
    LIBRARY,
    LifecycleParts,
    LifecycleScript,
    in_background,
)

_IPYKERNEL = "7.4.0"
_INSTALL = """\
exec > {home}.log 2>&1
if [ ! -e {place}/complete ]; then
  dnf install --assumeyes --quiet python{python}
  rm -rf {place}
  sudo -u ec2-user python{python} -m venv {place}
  sudo -u ec2-user {place}/bin/pip install --require-hashes --only-binary=:all: -r {lock}
  sed -nE 's/^([A-Za-z0-9._-]+==[^ ;\\\\]+).*/\\1/p' {lock} > {lock}.versions
  sudo -u ec2-user {place}/bin/pip install --only-binary=:all: -c {lock}.versions ipykernel=={ipykernel}
  touch {place}/complete
else
  dnf install --assumeyes --quiet python{python}
fi
sudo -u ec2-user {place}/bin/python -m ipykernel install --user --name {name} --display-name {name}
"""


@dataclass(frozen=True)
class NotebookKernel(LifecycleScript):
    """A kernel ``name`` in JupyterLab, with exactly the packages of an image: those of its lock, by their hashes.

    ``lock`` is the folder of the image, which has a ``requirements.txt``, or such a file; of a folder that is not
    there, the library's own of that name. ``python`` is the version that the lock is for, of those that Amazon
    Linux 2023 has. Beside the lock, ``ipykernel`` is installed, with what it needs, which changes no package of it.

    It is installed in the background, once for each lock, on the volume that stays: the kernel appears when it is
    complete, and ``.kernels/<name>.log`` says how far it is. Packages come from the internet or a ``PackageMirror``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-add-external.html
    """

    name: str
    lock: str | Path
    python: str = "3.11"

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        yield matches(
            "name", self.name, r"[a-z0-9][a-z0-9_-]{0,49}", "at most 50 lower-case letters, digits, - and _"
        )
        yield matches("python", self.python, r"3\.[0-9]{1,2}", "a version such as 3.11")
        path = self._path
        if not path.is_file():
            yield Problem("lock", f"must be a lock, or a folder with requirements.txt, got: {str(self.lock)!r}")
        elif "--hash=" not in path.read_text(encoding="utf-8"):
            yield Problem("lock", f"must have a hash for each package, got: {path} without any")

    def text(self, parts: LifecycleParts) -> str:
        """Its lines; ``parts`` gets the lock."""
        lock = f"{LIBRARY}/{self.name}.txt"
        version = short_hash(f"{self.python} {_IPYKERNEL} {self._path.read_text(encoding='utf-8')}")
        kernels = f"{HOME}/.kernels"
        install = _INSTALL.format(
            home=f"{kernels}/{self.name}",
            place=f"{kernels}/{self.name}-{version}",
            python=self.python,
            lock=lock,
            ipykernel=_IPYKERNEL,
            name=self.name,
        )
        return (
            parts.fetch(self._path, lock)
            + f"install --directory --owner=ec2-user --group=ec2-user {kernels}\n"
            + in_background(f"kernel-{self.name}", install)
        )

    @property
    def _path(self) -> Path:
        given = Path(self.lock)
        if not given.exists() and not given.is_absolute():
            given = asset_root() / given
        return given / "requirements.txt" if given.is_dir() else given
