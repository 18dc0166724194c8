"""Packages from a mirror of one's own."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.workbench.scripts.lifecycle_script import LifecycleParts, LifecycleScript

_URL = r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/%+-]*)?"
_WORDS = "an https address without a name, a password or a query"


@dataclass(frozen=True)
class PackageMirror(LifecycleScript):
    """Lets pip, of every environment, and conda install from a mirror instead of the internet.

    ``pip_index`` is what pip calls ``index-url``. ``conda_channel`` is the one channel that conda then has; None
    leaves conda as it is. Neither may hold credentials: whoever may describe a lifecycle configuration can read them.

    See https://pip.pypa.io/en/stable/topics/configuration/
    """

    pip_index: str
    conda_channel: str | None = None

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        yield matches("pip_index", self.pip_index, _URL, _WORDS)
        if self.conda_channel is not None:
            yield matches("conda_channel", self.conda_channel, _URL, _WORDS)

    def text(self, parts: LifecycleParts) -> str:
        """Its lines; they need nothing else."""
        del parts
        lines = f"printf '[global]\\nindex-url = %s\\n' '{self.pip_index}' > /etc/pip.conf\n"
        if self.conda_channel is None:
            return lines
        channels = f'channels: ["{self.conda_channel}"]\\ndefault_channels: ["{self.conda_channel}"]\\n'
        return (
            f"{lines}printf '{channels}' > /home/ec2-user/.condarc\nchown ec2-user:ec2-user /home/ec2-user/.condarc\n"
        )
