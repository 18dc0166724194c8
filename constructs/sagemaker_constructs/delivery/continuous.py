"""The one switch between continuous delivery and continuous deployment."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Continuous(StrEnum):
    """Whether a change that has passed everything waits for a person before it reaches production.

    ``DELIVERY``: it waits. ``DEPLOYMENT``: it travels alone, and smoke tests and alarms take a bad one back.

    The same value is the switch for models: ``promotion`` is what ``ApprovedModel`` takes, so that one setting
    decides for infrastructure and for models alike.

    See https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-continuous-delivery-integration.html
    """

    DELIVERY = "delivery"
    DEPLOYMENT = "deployment"

    @property
    def promotion(self) -> Literal["PendingApproval", "Approved"]:
        """The status with which a model enters its next stage: ``ApprovedModel(promotion=…)``."""
        return "PendingApproval" if self is Continuous.DELIVERY else "Approved"
