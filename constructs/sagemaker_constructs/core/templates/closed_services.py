"""Services that AWS has closed to new customers: what they are seen by, since when, and what does without them."""

from __future__ import annotations

from dataclasses import dataclass

_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg"


@dataclass(frozen=True)
class ClosedService:
    """A service that only accounts use that used it before ``since``.

    Its resources have one of ``types`` in a template, its jobs one of ``members`` in their request, or an image with
    one of ``images`` in its name. ``used`` is the call, with the member of its answer, that shows what an account has
    of it from before. ``instead`` is what does the same in any account.
    """

    name: str
    since: str
    instead: str
    page: str
    types: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    used: tuple[str, str] | None = None

    @property
    def words(self) -> str:
        """What whoever uses it is warned of."""
        who = "only accounts that used it before can do so now"
        return f"{self.name} is closed to new customers since {self.since}: {who}. {self.instead}. See {self.page}"


CLOSED_SERVICES = (
    ClosedService(
        "Model Monitor",
        "2026-07-30",
        "A DriftMonitor watches captured requests in any account",
        f"{_GUIDE}/model-monitor-availability-change.html",
        types=(
            "AWS::SageMaker::DataQualityJobDefinition",
            "AWS::SageMaker::ModelQualityJobDefinition",
            "AWS::SageMaker::MonitoringSchedule",
        ),
        images=("sagemaker-model-monitor-analyzer",),
        used=("ListMonitoringSchedules", "MonitoringScheduleSummaries"),
    ),
    ClosedService(
        "Clarify",
        "2026-07-30",
        "A DriftMonitor looks at bias and attributions of captured requests in any account",
        f"{_GUIDE}/clarify-fairness-and-explainability.html",
        types=(
            "AWS::SageMaker::ModelBiasJobDefinition",
            "AWS::SageMaker::ModelExplainabilityJobDefinition",
        ),
        images=("sagemaker-clarify-processing",),
    ),
    ClosedService(
        "Debugger",
        "2026-07-30",
        "A TrainingWatch looks at the job's metrics in any account",
        f"{_GUIDE}/debugger-availability-change.html",
        members=("DebugRuleConfigurations", "DebugHookConfig"),
    ),
    ClosedService(
        "Ground Truth",
        "2026-07-30",
        "A LabelStudioProject is for any account",
        f"{_GUIDE}/sms.html",
        types=("Custom::SageMakerLabelingJob",),
        used=("ListLabelingJobs", "LabelingJobSummaryList"),
    ),
    ClosedService(
        "Amazon A2I",
        "2026-07-30",
        "A LabelStudioProject is for any account",
        f"{_GUIDE}/a2i-api-references.html",
        types=("Custom::SageMakerFlowDefinition", "Custom::SageMakerHumanTaskUi"),
        used=("ListFlowDefinitions", "FlowDefinitionSummaries"),
    ),
)


def closed_service(name: str) -> ClosedService:
    """The closed service of this name."""
    return next(each for each in CLOSED_SERVICES if each.name == name)
