"""What the tracking of runs is told."""

from typing import Literal

from stacks.configuration.section import SettingsSection


class TrackingSettings(SettingsSection):
    """SageMaker's MLflow, with its artifacts in the platform's bucket of artifacts."""

    kind: Literal["app", "server"] = "app"
    """`app` is not billed by the hour; `server` is, until it is stopped, for regions and networks without apps."""
    trainings: bool = False
    """Let the platform's training leave its runs there; its container then has a network, which must reach MLflow."""
