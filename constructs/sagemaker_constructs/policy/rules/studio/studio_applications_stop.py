"""What Studio costs that nobody stops."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sagemaker_constructs.core.templates.landscape import TemplateResource
from sagemaker_constructs.policy.policy_rule import (
    GUIDE,
    PolicyRule,
    Resources,
    Told,
    resource,
)

_IDLE = "DefaultUserSettings.JupyterLabAppSettings.AppLifecycleManagement.IdleSettings.LifecycleManagement"


class StudioApplicationsStop(PolicyRule):
    """JupyterLab of a domain stops when nobody uses it."""

    ids: ClassVar[Mapping[str, str]] = {"AWS::SageMaker::Domain": "studio-applications-stop"}
    page = f"{GUIDE}/studio-updated-idle-shutdown.html"
    fix = "Set JupyterLabAppSettings.AppLifecycleManagement.IdleSettings in DefaultUserSettings."
    compliant: ClassVar[Resources] = {
        "Domain": resource(
            "AWS::SageMaker::Domain",
            {
                "DefaultUserSettings": {
                    "JupyterLabAppSettings": {
                        "AppLifecycleManagement": {
                            "IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}
                        }
                    }
                }
            },
        )
    }
    broken: ClassVar[Resources] = {"Domain": resource("AWS::SageMaker::Domain")}

    def check(self, subject: TemplateResource) -> Iterator[Told]:
        """The switch."""
        if subject.text(_IDLE) in ("", "DISABLED"):
            yield _IDLE, subject.text(_IDLE) or "none"
