"""Lines of one's own."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.workbench.scripts.lifecycle_script import LifecycleParts, LifecycleScript, in_background


@dataclass(frozen=True)
class ShellScript(LifecycleScript):
    """``lines`` of bash, which run as root.

    ``background`` names the service of systemd that runs them beyond the five minutes that the scripts of an
    instance have; its journal has what they write. None runs them where they stand.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-lifecycle-config-install.html
    """

    lines: str
    background: str | None = None

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        if not self.lines.strip():
            yield Problem("lines", "must not be empty")
        if self.background is not None:
            yield matches("background", self.background, r"[a-z0-9][a-z0-9-]*", "lower-case letters, digits and -")
            if "END_OF_SCRIPT" in self.lines.splitlines():
                yield Problem("lines", "must not have a line END_OF_SCRIPT")

    def text(self, parts: LifecycleParts) -> str:
        """Its lines; they need nothing else."""
        del parts
        return in_background(self.background, self.lines) if self.background else f"{self.lines.rstrip()}\n"
