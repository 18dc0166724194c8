"""What botocore's model does not say about a kind of SageMaker resource, as tables.

Everything regular is read from the model: the members that identify a resource, its ARN, its status
member, its list operation. The tables hold the exceptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from emulator.shapes.service_model import members_of, service_model

_FINAL_STATUSES = (
    "InService",
    "Active",
    "Created",
    "Completed",
    "Scheduled",
    "Succeeded",
    "Ready",
    "CreateCompleted",
    "Running",
    "CREATED",
    "Available",
    "Initialized",
    "Ok",
)

IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "App": ("DomainId", "UserProfileName", "SpaceName", "AppType", "AppName"),
    "ImageVersion": ("ImageName", "Version"),
    "Job": ("JobCategory", "JobName"),
    "ModelPackage": ("ModelPackageName",),
}
"""Members that together name a resource, where the model's Describe does not list exactly those."""

GENERATED: Mapping[str, tuple[str, str]] = {
    "Artifact": ("ArtifactArn", "{random}"),
    "ClusterSchedulerConfig": ("ClusterSchedulerConfigId", "{random}"),
    "ComputeQuota": ("ComputeQuotaId", "{random}"),
    "Domain": ("DomainId", "d-{random}"),
    "MlflowApp": ("Arn", "app-{random}"),
    "ModelCardExportJob": ("ModelCardExportJobArn", "{ModelCardName}/export-job/{ModelCardExportJobName}"),
    "PartnerApp": ("Arn", "app-{RANDOM}"),
}
"""Identities that the service draws: the member of Describe that carries them, and their form."""

VERSIONED: Mapping[str, tuple[str, str]] = {
    "ImageVersion": ("ImageName", "Version"),
    "ModelPackage": ("ModelPackageGroupName", "ModelPackageVersion"),
}
"""Kinds numbered within a parent: the member that names the parent, and the one with the number."""

CASE_KEPT = frozenset({"Job", "PartnerApp"})
"""Kinds whose ARN keeps capital letters; all others are lower case."""

ARN_RESOURCES: Mapping[str, str] = {
    "AutoMLJobV2": "automl-job",
    "DataQualityJobDefinition": "data-quality-job-definition",
    "ModelBiasJobDefinition": "model-bias-job-definition",
    "ModelCardExportJob": "model-card",
    "ModelExplainabilityJobDefinition": "model-explainability-job-definition",
    "ModelQualityJobDefinition": "model-quality-job-definition",
}
"""Resource types within an ARN that cannot be read from the pattern of the ARN's shape."""

DESCRIBED_AS: Mapping[str, Mapping[str, str]] = {
    "NotebookInstance": {
        "SecurityGroupIds": "SecurityGroups",
        "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
    },
}
"""Members of Create that Describe calls otherwise."""

NESTED: Mapping[str, str] = {"Workforce": "Workforce", "Workteam": "Workteam"}
"""Kinds that Describe, Update and List wrap in one member."""

OTHER_ARNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "ImageVersion": {"ImageArn": ("Image", "ImageName")},
    "InferenceComponent": {"EndpointArn": ("Endpoint", "EndpointName")},
    "Workteam": {"WorkforceArn": ("Workforce", "WorkforceName")},
}
"""ARNs of other resources that a description repeats: the kind and the member that names it."""

REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "App": (
        ("DomainId", "Domain"),
        ("UserProfileName && join('/', [DomainId, UserProfileName])", "UserProfile"),
        ("SpaceName && join('/', [DomainId, SpaceName])", "Space"),
    ),
    "DataQualityJobDefinition": (("DataQualityJobInput.EndpointInput.EndpointName", "Endpoint"),),
    "EdgeDeploymentPlan": (("DeviceFleetName", "DeviceFleet"),),
    "EdgePackagingJob": (("CompilationJobName", "CompilationJob"),),
    "Endpoint": (("EndpointConfigName", "EndpointConfig"),),
    "EndpointConfig": (
        ("ProductionVariants[].ModelName", "Model"),
        ("ShadowProductionVariants[].ModelName", "Model"),
    ),
    "FlowDefinition": (("HumanLoopConfig.HumanTaskUiArn", "HumanTaskUi"),),
    "ImageVersion": (("ImageName", "Image"),),
    "InferenceComponent": (("EndpointName", "Endpoint"), ("Specification.ModelName", "Model")),
    "LabelingJob": (("HumanTaskConfig.WorkteamArn", "Workteam"),),
    "Model": (
        ("PrimaryContainer.ModelPackageName", "ModelPackage"),
        ("Containers[].ModelPackageName", "ModelPackage"),
    ),
    "ModelBiasJobDefinition": (("ModelBiasJobInput.EndpointInput.EndpointName", "Endpoint"),),
    "ModelCardExportJob": (("ModelCardName", "ModelCard"),),
    "ModelExplainabilityJobDefinition": (("ModelExplainabilityJobInput.EndpointInput.EndpointName", "Endpoint"),),
    "ModelPackage": (("ModelPackageGroupName", "ModelPackageGroup"),),
    "ModelQualityJobDefinition": (("ModelQualityJobInput.EndpointInput.EndpointName", "Endpoint"),),
    "MonitoringSchedule": tuple(
        (
            f"MonitoringScheduleConfig.MonitoringType == '{type_}' && "
            "MonitoringScheduleConfig.MonitoringJobDefinitionName",
            f"{type_}JobDefinition",
        )
        for type_ in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
    ),
    "NotebookInstance": (
        ("LifecycleConfigName", "NotebookInstanceLifecycleConfig"),
        # Others are URLs.
        ("[DefaultCodeRepository][?@] | [?!starts_with(@, 'https://')]", "CodeRepository"),
        ("AdditionalCodeRepositories[?!starts_with(@, 'https://')]", "CodeRepository"),
    ),
    "Space": (
        ("DomainId", "Domain"),
        (
            "OwnershipSettings.OwnerUserProfileName && join('/', [DomainId, OwnershipSettings.OwnerUserProfileName])",
            "UserProfile",
        ),
    ),
    "TransformJob": (("ModelName", "Model"),),
    "Trial": (("ExperimentName", "Experiment"),),
    "UserProfile": (("DomainId", "Domain"),),
    "Workteam": (("WorkforceName", "Workforce"),),
}
"""JMESPath expressions over a Create or Update request, and the kind of resource that must exist."""

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "ModelPackage": {"ModelApprovalStatus": "PendingManualApproval"},
    "NotebookInstance": {"DirectInternetAccess": "Enabled", "RootAccess": "Enabled", "VolumeSizeInGB": 5},
    "TrainingJob": {"EnableNetworkIsolation": False, "EnableInterContainerTrafficEncryption": False},
    "Model": {"EnableNetworkIsolation": False},
}
"""What Describe shows for members that Create was not given."""

KEPT_WHILE_USED: Mapping[str, tuple[str, ...]] = {
    "DataQualityJobDefinition": ("MonitoringSchedule",),
    "Domain": ("UserProfile", "Space", "App"),
    "Endpoint": ("InferenceComponent",),
    "Experiment": ("Trial",),
    "Image": ("ImageVersion",),
    "ModelBiasJobDefinition": ("MonitoringSchedule",),
    "ModelExplainabilityJobDefinition": ("MonitoringSchedule",),
    "ModelPackageGroup": ("ModelPackage",),
    "ModelQualityJobDefinition": ("MonitoringSchedule",),
    "Space": ("App",),
    "UserProfile": ("App", "Space"),
    "Workforce": ("Workteam",),
}
"""Kinds that cannot be deleted while a resource of these kinds refers to them."""

GROWING: Mapping[str, tuple[str, str, str]] = {
    "FeatureGroup": ("FeatureDefinitions", "FeatureAdditions", "FeatureName")
}
"""Kinds with a list that can only grow: the list, the member of Update that takes what is new, and its name."""

STATES: Mapping[str, Mapping[str, str]] = {
    "InferenceExperiment": {"Start": "Running", "Stop": "Completed"},
    "MlflowTrackingServer": {"Start": "Started", "Stop": "Stopped"},
}
"""Status after Start and Stop."""

CHANGEABLE_WHEN: Mapping[str, tuple[str, ...]] = {"NotebookInstance": ("Stopped", "Failed")}
"""Statuses in which Update and Delete are accepted, where not in all."""

LABELS: Mapping[str, str] = {"EndpointConfig": "endpoint configuration"}
"""How messages call a kind, where not by its name in small letters."""


def kebab(name: str) -> str:
    """Turn `ModelPackageGroup` into `model-package-group`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Args:
        name: Name as in `Create<name>`.
        identity: Members of the Create request, or of the outcome, that name the resource, in ARN order.
        arn_resource: Resource type within the ARN.
        arn_member: Member of responses that carries the ARN; empty when none does.
        status_member: Member of Describe that carries the status; empty when there is none.
        first_status: Status right after Create.
    """

    name: str
    identity: tuple[str, ...]
    arn_resource: str
    arn_member: str
    status_member: str
    first_status: str

    @property
    def label(self) -> str:
        """The kind as messages call it."""
        return LABELS.get(self.name, kebab(self.name).replace("-", " "))

    def arn(self, account: str, region: str, key: str) -> str:
        """ARN of the resource with this key."""
        key = key if self.name in CASE_KEPT else key.lower()
        return f"arn:aws:sagemaker:{region}:{account}:{self.arn_resource}/{key}"

    def key(self, values: Mapping[str, Any]) -> str:
        """Key of the resource that a request or an outcome names, by name or by ARN."""
        parts = [str(values[name]) for name in self.identity if values.get(name) not in (None, "")]
        return "/".join(part.split(":", 5)[5].split("/", 1)[1] if part.startswith("arn:") else part for part in parts)


def _read_kind(name: str) -> Kind:
    model = service_model("sagemaker")
    create, describe = model.operation_model(f"Create{name}"), model.operation_model(f"Describe{name}")
    asked, answered = members_of(describe.input_shape), members_of(describe.output_shape)
    if name in NESTED:
        answered = answered[NESTED[name]].members
    generated = GENERATED.get(name)
    required = describe.input_shape.required_members if describe.input_shape else ()
    identity = (generated[0],) if generated else IDENTITIES.get(name, tuple(required) or tuple(asked)[:1])
    arns = [member for member in members_of(create.output_shape) if member.endswith("Arn")]
    arn_member = arns[0] if arns else f"{name}Arn" if f"{name}Arn" in answered else ""
    pattern = str(answered[arn_member].metadata.get("pattern") or "") if arn_member in answered else ""
    found = re.search(r":([a-z][a-z-]+)\\?/", pattern)
    resource = ARN_RESOURCES.get(name) or (found[1] if found else kebab(name))
    status_member = next(
        (
            member
            for member, shape in answered.items()
            if shape.type_name == "string" and member in (f"{name}Status", f"{arn_member[:-3]}Status", "Status")
        ),
        "",
    )
    allowed = answered[status_member].enum if status_member else ()
    first = next((status for status in _FINAL_STATUSES if status in allowed), allowed[0] if allowed else "")
    return Kind(
        name=name,
        identity=identity,
        arn_resource=resource,
        arn_member=arn_member,
        status_member=status_member,
        first_status=first,
    )


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Every kind that has both Create and Describe, by name."""
    operations = set(service_model("sagemaker").operation_names)
    names = sorted(
        name[6:] for name in operations if name.startswith("Create") and f"Describe{name[6:]}" in operations
    )
    return {name: _read_kind(name) for name in names}
