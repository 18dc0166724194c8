"""As much of Glue's own package as scripts of plain Spark need; of the rest, importing it fails with the reason."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class WhatIsNotHere:
    """Refuses to import the parts of the package whose libraries are not public."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise ImportError for all parts but the one that is here."""
        del path, target
        if name.startswith(f"{__name__}.") and name != f"{__name__}.utils":
            raise ImportError(
                "The emulator has no GlueContext, whose libraries are not public: read and write by SparkSession, or"
                f" run in Glue ({name})."
            )
        return None


sys.meta_path.insert(0, WhatIsNotHere())
