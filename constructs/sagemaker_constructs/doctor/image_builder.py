"""The program that builds images of containers on this machine."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_SECONDS = 8
_KNOWN = ("docker", "finch", "podman", "nerdctl")
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class ImageBuilder:
    """The program that the CDK calls for images: ``docker``, or what ``CDK_DOCKER`` names.

    See https://docs.aws.amazon.com/cdk/v2/guide/build-containers.html
    """

    program: str
    environment: Mapping[str, str]

    @staticmethod
    def of_environment(environment: Mapping[str, str] | None = None) -> ImageBuilder:
        """As the CDK would choose it."""
        known = os.environ if environment is None else environment
        return ImageBuilder(known.get("CDK_DOCKER") or "docker", known)

    @property
    def kind(self) -> str:
        """Which builder it is, by the name of the program."""
        return Path(self.program).stem

    @property
    def is_there(self) -> bool:
        """Whether the program is on the path."""
        return self._found(self.program)

    @property
    def others(self) -> Sequence[str]:
        """Builders that are there and that ``CDK_DOCKER`` could name."""
        return [each for each in _KNOWN if each != self.program and self._found(each)]

    @cached_property
    def failure(self) -> str:
        """Why the program does not answer ``version``, which asks its engine too; empty where it does."""
        status, output = self._run("version")
        lines = [line for line in output.splitlines() if line.strip()]
        return "" if status == 0 else (lines[-1].strip() if lines else f"exit status {status}")

    @cached_property
    def has_buildx(self) -> bool:
        """Whether ``build`` understands ``--output`` with media types: Docker's does by its plug-in."""
        return self._run("buildx", "version")[0] == 0 if self.kind == "docker" else self.kind != "podman"

    @cached_property
    def keeps_oci(self) -> bool:
        """Whether Docker's engine keeps images in containerd, from where they are pushed with OCI's media types."""
        return "io.containerd.snapshotter" in self._run("info", "--format", "{{.DriverStatus}}")[1]

    @cached_property
    def platforms(self) -> frozenset[str]:
        """What it builds for; empty where it does not say."""
        if self.kind != "docker":
            return frozenset()
        return frozenset(re.findall(r"linux/[a-z0-9]+", self._run("buildx", "inspect")[1]))

    @property
    def own_platform(self) -> str:
        """What this machine runs by itself."""
        machine = platform.machine()
        return f"linux/{_ARCHITECTURES.get(machine, machine)}"

    def _found(self, program: str) -> bool:
        return shutil.which(program, path=self.environment.get("PATH")) is not None

    def _run(self, *arguments: str) -> tuple[int, str]:
        """Exit status and output; the status is that of a failure where there is no end within some seconds."""
        try:
            done = subprocess.run(
                [shutil.which(self.program, path=self.environment.get("PATH")) or self.program, *arguments],
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
                env={**self.environment},
            )
        except subprocess.TimeoutExpired:
            return 1, f"no answer within {_SECONDS} seconds"
        except OSError as error:
            return 1, str(error)
        return done.returncode, f"{done.stdout}\n{done.stderr}"
