"""What an image is built with beside its own folder: folders that its Dockerfile copies from, and arguments."""

import re
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from aws_cdk import AssetStaging, IgnoreMode, Stack, Stage
from constructs import Construct

from sagemaker_constructs.core.assets import LEFT_BEHIND
from sagemaker_constructs.core.base_construct import location_of, stage_of

LEFT_OUT = [f"**/{name}" for name in LEFT_BEHIND]
"""What ends every ``.dockerignore``, present or not."""

_STAGED: "WeakKeyDictionary[Stage | Stack, dict[Path, StagedContext]]" = WeakKeyDictionary()
_STAGE = re.compile(r"^\s*FROM\s+.*\s+AS\s+(\S+)", re.IGNORECASE | re.MULTILINE)
_COPY_FROM = re.compile(r"^\s*COPY\s+(?:--\S+\s+)*--from=([A-Za-z0-9._-]+)\s", re.IGNORECASE | re.MULTILINE)
_ARGUMENT = re.compile(r"^\s*ARG\s+([A-Za-z_]\w*)", re.IGNORECASE | re.MULTILINE)


def declared_arguments(dockerfile: str) -> tuple[str, ...]:
    """The names of its ``ARG`` instructions."""
    return tuple(dict.fromkeys(_ARGUMENT.findall(dockerfile)))


def copied_contexts(dockerfile: str) -> tuple[str, ...]:
    """The names that ``COPY --from=NAME`` copies from and that are no stages; images have ``:`` or ``/``."""
    stages = {name.lower() for name in _STAGE.findall(dockerfile)}
    names = dict.fromkeys(_COPY_FROM.findall(dockerfile))
    return tuple(name for name in names if name.lower() not in stages and not name.isdecimal())


@dataclass(frozen=True)
class StagedContext:
    """A named build context, copied into the assembly, so that what is deployed is what was synthesized."""

    digest: str
    location: str


def staged_context(scope: Construct, name: str, folder: Path) -> StagedContext:
    """``folder`` as the build context ``name``, copied once for all stacks of a stage."""
    staged = _STAGED.setdefault(stage_of(location_of(scope).stack), {})
    source = folder.resolve()
    if source not in staged:
        ignore_file = folder / ".dockerignore"
        staging = AssetStaging(
            scope,
            f"BuildContext{name.capitalize()}",
            source_path=str(source),
            exclude=[*(ignore_file.read_text().splitlines() if ignore_file.is_file() else ()), *LEFT_OUT],
            ignore_mode=IgnoreMode.DOCKER,
        )
        # Images are built in the folder of their own staged context, beside which this one lies.
        staged[source] = StagedContext(staging.asset_hash, f"../{Path(staging.absolute_staged_path).name}")
    return staged[source]
