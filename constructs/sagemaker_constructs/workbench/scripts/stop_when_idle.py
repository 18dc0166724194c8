"""An instance that stops when nobody uses it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from aws_cdk import Duration

from sagemaker_constructs.core.durations import minutes, seconds_of
from sagemaker_constructs.core.problems import Problem, in_range, seconds_between
from sagemaker_constructs.workbench.scripts.lifecycle_script import LIBRARY, LifecycleParts, LifecycleScript

PROGRAM = Path(__file__).parents[1] / "on_instance" / "stop_when_idle.py"
_EVERY_MINUTES = 2
_TIMER = """\
cat > /etc/systemd/system/stop-when-idle.service <<'END_OF_UNIT'
[Unit]
Description=Stops this notebook instance when it is idle
[Service]
Type=oneshot
Environment=PATH=/usr/local/bin:/usr/bin:/bin
ExecStart=/usr/bin/python3 -I {program} --after-minutes {after} --busy-percent {busy}{dry_run}
END_OF_UNIT
cat > /etc/systemd/system/stop-when-idle.timer <<'END_OF_UNIT'
[Unit]
Description=Looks whether this notebook instance is idle
[Timer]
OnActiveSec={every}min
OnUnitInactiveSec={every}min
AccuracySec=10s
END_OF_UNIT
systemctl daemon-reload
systemctl start stop-when-idle.timer
"""


@dataclass(frozen=True)
class StopWhenIdle(LifecycleScript):
    """Stops the instance after a time in which nothing happened there, looked at every two minutes.

    Something happens while a kernel is busy, when a kernel or a terminal starts, ends or shows activity, and while
    the processors together do more than ``busy_percent`` of what one of them can do. A kernel that never got beyond
    its start is idle after the same time. An open page in a browser is none of these. The time, at least 5 minutes,
    is measured by a clock that nobody can set, and begins when the instance starts. An instance whose Jupyter does
    not answer stays. ``dry_run`` writes what would be done to the journal of ``stop-when-idle.service``.

    It reaches Jupyter on the instance, S3 for the program, and the SageMaker API to stop: in a VPC without internet,
    the latter takes the interface endpoint ``SageMakerApi``.

    See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopNotebookInstance.html
    """

    after: Duration = field(default_factory=lambda: minutes(60))
    busy_percent: float = 20
    dry_run: bool = False

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        yield seconds_between("after", self.after, 5 * 60, 7 * 24 * 3600)
        yield in_range("busy_percent", self.busy_percent, 1, 100)

    def text(self, parts: LifecycleParts) -> str:
        """Its lines; ``parts`` gets what they need."""
        if "sagemaker:StopNotebookInstance" not in parts.own_actions:
            parts.own_actions.append("sagemaker:StopNotebookInstance")
        program = f"{LIBRARY}/stop_when_idle.py"
        return parts.fetch(PROGRAM, program) + _TIMER.format(
            program=program,
            after=f"{seconds_of(self.after) / 60:g}",
            busy=f"{self.busy_percent:g}",
            dry_run=" --dry-run" if self.dry_run else "",
            every=_EVERY_MINUTES,
        )
