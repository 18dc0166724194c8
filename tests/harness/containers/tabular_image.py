"""Images for the data plane's tests. All use the environment of `containers/tabular`, which is made once."""

import shutil
from pathlib import Path

from emulator.images.store import ImageStore

PROJECT = Path(__file__).resolve().parents[3]
TABULAR = PROJECT / "containers" / "tabular"
CONTEXTS = {name: PROJECT / "containers" / name for name in ("serving", "jobs")}
TABULAR_URI = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:tabular"


def image_store(root: Path) -> ImageStore:
    """A store of its own with the project's shared environments and the real tabular image."""
    store = ImageStore(root, environments=PROJECT / ".emulator" / "environments")
    store.build(TABULAR, Path("Dockerfile"), [TABULAR_URI], contexts=CONTEXTS)
    return store


def build_pushed(root: Path, name: str) -> str:
    """Build and push an image of `containers/` into the store of an emulator; returns its URI."""
    store, uri = ImageStore(root), f"123456789012.dkr.ecr.us-east-1.amazonaws.com/assets:{name}"
    store.build(PROJECT / "containers" / name, Path("Dockerfile"), [uri], contexts=CONTEXTS)
    store.push(uri)
    return uri


def build_program(store: ImageStore, context: Path, program: str, tag: str) -> None:
    """Build an image that runs `program`, the text of a Python file, instead of the tabular package."""
    package = context / "tabular"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(program)
    for name in ("requirements.txt", "Dockerfile"):
        shutil.copy(TABULAR / name, context / name)
    store.build(context, Path("Dockerfile"), [tag], contexts=CONTEXTS)
