"""Templates, and imports of what exists."""

from collections.abc import Iterator, Mapping
from typing import Any

from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.templates.intrinsics import references_in
from sagemaker_constructs.core.tokens import is_token

_IMPORTS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resource-import-supported-resources.html"
_CREATE = "CreateChangeSet"
_PREFIX = "AWS::SageMaker::"

IMPORTED = frozenset(
    {
        "App",
        "AppImageConfig",
        "Cluster",
        "DataQualityJobDefinition",
        "Domain",
        "FeatureGroup",
        "Image",
        "InferenceComponent",
        "InferenceExperiment",
        "MlflowTrackingServer",
        "ModelBiasJobDefinition",
        "ModelCard",
        "ModelExplainabilityJobDefinition",
        "ModelPackage",
        "ModelPackageGroup",
        "ModelQualityJobDefinition",
        "MonitoringSchedule",
        "Pipeline",
        "Project",
        "Space",
        "StudioLifecycleConfig",
        "UserProfile",
    }
)
"""SageMaker's types that CloudFormation imports; it does without models, endpoints and notebook instances."""


@rule(
    _CREATE,
    _IMPORTS,
    read="2026-11-30",
    confidence="reported",
    enforced=("emulator",),
    words="ResourceTypes [{got}] are not supported for Import",
)
def endpoints_and_notebook_instances_are_not_imported(call: Call) -> Iterator[Broken]:
    """CloudFormation imports neither models, endpoint configurations and endpoints, nor notebook instances."""
    kinds = {str(each["ResourceType"]) for each in call.request.get("ResourcesToImport", ())}
    refused = {kind for kind in kinds if kind.startswith(_PREFIX)} - {f"{_PREFIX}{name}" for name in IMPORTED}
    if refused:
        yield "ResourcesToImport", ", ".join(sorted(refused))


@rule(
    _CREATE,
    "https://github.com/aws/aws-cdk/issues/1568",
    read="2026-11-30",
    also=("CreateStack", "UpdateStack"),
    confidence="reported",
    enforced=("emulator",),
    words="Template format error: Unresolved resource dependencies [{got}] in the Resources block of the template",
)
def templates_name_what_they_have(call: Call) -> Iterator[Broken]:
    """References of a template lead to its own resources, its parameters or pseudo parameters."""
    template: Mapping[str, Any] = call.request.get("Template", {})
    # What a transform makes of a template is not known before.
    if template.get("Transform"):
        return
    known = {*template.get("Resources", {}), *template.get("Parameters", {})}
    for block in ("Resources", "Outputs"):
        named = {*references_in(template.get(block, {}), exports=False)} - known
        unknown = sorted(name for name in named if not name.startswith("AWS::") and not is_token(name))
        if unknown:
            yield block, ", ".join(unknown)
