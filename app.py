"""Reads one environment's configuration and synthesizes its platform: ``cdk synth -c environment=prod``."""
# ruff: noqa: E402 - most objects are made by imports

import gc
import sys
from pathlib import Path

# This process ends with its templates. Looking for objects to free would take a fifth of its time, and free few.
gc.disable()

import aws_cdk as cdk

from sagemaker_constructs.core.problems import InvalidInput
from stacks.settings import SettingsError, load_settings
from stacks.stage import Platform


def main() -> int:
    """Synthesize; a mistake in the configuration is said in one line each, without a traceback."""
    app = cdk.App()
    environment = app.node.try_get_context("environment") or "dev"
    try:
        settings = load_settings(_shown(Path(__file__).parent / "config" / f"{environment}.yaml"))
        Platform(app, settings.environment, settings=settings)
    except SettingsError as error:
        print(*error.lines, sep="\n", file=sys.stderr)
        return 1
    except InvalidInput as error:
        print(*error.lines, sep="\n", file=sys.stderr)
        return 1
    app.synth()
    # Python looks once more when it ends, at all that is not frozen.
    gc.freeze()
    return 0


def _shown(path: Path) -> Path:
    """``path`` as a person in the project's folder would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
