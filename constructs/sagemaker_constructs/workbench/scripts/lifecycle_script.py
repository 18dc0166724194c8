"""What a lifecycle configuration is composed of."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aws_cdk import aws_s3_assets as s3_assets

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.places import Location
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects

LIBRARY = "/usr/local/lib/workbench"
"""Where scripts put what they fetch. All but ``HOME`` is new at each start of an instance."""
HOME = "/home/ec2-user/SageMaker"
"""What JupyterLab shows, on the volume that stays."""


@dataclass
class LifecycleParts:
    """What the scripts of one configuration need beside their text: assets, and rights of the notebook's role.

    ``own_actions`` are calls of SageMaker that an instance makes on itself.
    """

    scope: BaseConstruct
    grants: Grants = field(default_factory=Grants)
    own_actions: list[str] = field(default_factory=list[str])
    _fetched: dict[Path, str] = field(default_factory=dict[Path, str])

    @property
    def location(self) -> Location:
        """The stack of the configuration."""
        return self.scope.location

    def fetch(self, path: Path, to: str) -> str:
        """Lines that bring the file ``path`` to ``to``, and end the script if it is not that file."""
        if path not in self._fetched:
            asset = s3_assets.Asset(self.scope, f"File{len(self._fetched) + 1}", path=str(path))
            grant_read_objects(asset.bucket, self.grants, asset.s3_object_key)
            self._fetched[path] = bucket_facts(asset.bucket).url(asset.s3_object_key)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return (
            f"mkdir -p {LIBRARY}\n"
            f"aws s3 cp --only-show-errors '{self._fetched[path]}' {to}\n"
            f"echo '{digest}  {to}' | sha256sum --check --quiet\n"
        )


class LifecycleScript(ABC):
    """A part of a lifecycle configuration, in bash: it runs as root, after ``set -euo pipefail``.

    Where it fails, the instance does not start, and CloudWatch Logs say why. SageMaker gives all parts together five
    minutes: what may take longer goes through ``in_background``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-lifecycle-config.html
    """

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        return iter(())

    @abstractmethod
    def text(self, parts: LifecycleParts) -> str:
        """Its lines; ``parts`` gets what they need."""


def in_background(unit: str, lines: str) -> str:
    """Lines that have systemd run ``lines`` as the service ``unit``, beyond the end of the script."""
    script = f"{LIBRARY}/{unit}.sh"
    return (
        f"mkdir -p {LIBRARY}\n"
        f"cat > {script} <<'END_OF_SCRIPT'\n{lines.rstrip()}\nEND_OF_SCRIPT\n"
        f"systemd-run --quiet --collect --unit={unit} bash -euo pipefail {script}\n"
    )
