"""Where the library's own function code lies: in the repository, or inside an installed wheel."""

from pathlib import Path

import sagemaker_constructs

_PACKAGE = Path(sagemaker_constructs.__file__).parent


def asset_root() -> Path:
    """The folder that holds ``lambdas/``."""
    installed = _PACKAGE / "_assets"
    return installed if installed.is_dir() else _PACKAGE.parents[1]
