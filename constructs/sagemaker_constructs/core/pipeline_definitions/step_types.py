"""The types of step: the call that each makes, what its result is, and what else it may have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STEP_FAULTS = ("Step.SERVICE_FAULT", "Step.THROTTLING")
JOB_FAULTS = ("SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT")


@dataclass(frozen=True)
class ArgumentPart:
    """Arguments, or a part of them, that are the input of a call: ``shape`` of ``service`` without ``omitted``.

    ``place`` is a member of the arguments, a list of such parts where it ends in ``[]``, and empty for all of them.
    ``refused`` are members that the call takes and a pipeline does not.
    """

    shape: str
    place: str = ""
    service: str = "sagemaker"
    omitted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepType:
    """A type of step.

    ``result`` are the shapes that its properties have, merged, and ``retried`` the exception types that its retry
    policies may name. ``named_by`` is the member that names what it makes, which the service names itself.
    """

    name: str
    parts: tuple[ArgumentPart, ...] = ()
    result: tuple[str, ...] = ()
    result_service: str = "sagemaker"
    named_by: str = ""
    cached: bool = False
    retried: tuple[str, ...] = ()


def _call(
    name: str,
    operation: str,
    named_by: str,
    *result: str,
    cached: bool = False,
    retried: tuple[str, ...] = (),
    refused: tuple[str, ...] = (),
) -> StepType:
    """A step that makes one call of SageMaker."""
    part = ArgumentPart(operation, omitted=(named_by,), refused=refused)
    return StepType(name, (part,), result, named_by=named_by, cached=cached, retried=retried)


_BOTH = (*STEP_FAULTS, *JOB_FAULTS)
_WITHOUT_INTERNAL = (*STEP_FAULTS, "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT")
_PROCESSING = "CreateProcessingJobRequest"
_JOB = "ProcessingJobName"

_TYPES = (
    _call(
        "Training",
        "CreateTrainingJobRequest",
        "TrainingJobName",
        "DescribeTrainingJobResponse",
        cached=True,
        retried=_BOTH,
    ),
    _call("Processing", _PROCESSING, _JOB, "DescribeProcessingJobResponse", cached=True, retried=_BOTH),
    _call(
        "Transform",
        "CreateTransformJobRequest",
        "TransformJobName",
        "DescribeTransformJobResponse",
        cached=True,
        retried=_BOTH,
    ),
    _call(
        "Tuning",
        "CreateHyperParameterTuningJobRequest",
        "HyperParameterTuningJobName",
        "DescribeHyperParameterTuningJobResponse",
        "ListTrainingJobsForHyperParameterTuningJobResponse",
        cached=True,
        retried=_WITHOUT_INTERNAL,
    ),
    _call("Model", "CreateModelInput", "ModelName", "DescribeModelOutput", retried=STEP_FAULTS),
    _call(
        "RegisterModel",
        "CreateModelPackageInput",
        "ModelPackageName",
        "DescribeModelPackageOutput",
        retried=STEP_FAULTS,
        refused=("CertifyForMarketplace",),
    ),
    _call(
        "AutoML",
        "CreateAutoMLJobRequest",
        "AutoMLJobName",
        "DescribeAutoMLJobResponse",
        cached=True,
        retried=_WITHOUT_INTERNAL,
        refused=("ModelDeployConfig", "GenerateCandidateDefinitionsOnly"),
    ),
    StepType("QualityCheck", (ArgumentPart(_PROCESSING, omitted=(_JOB,)),), named_by=_JOB, cached=True),
    StepType("ClarifyCheck", (ArgumentPart(_PROCESSING, omitted=(_JOB,)),), named_by=_JOB, cached=True),
    _call(
        "EndpointConfig",
        "CreateEndpointConfigInput",
        "EndpointConfigName",
        "DescribeEndpointConfigOutput",
        cached=True,
        retried=_BOTH,
    ),
    _call("Endpoint", "CreateEndpointInput", "EndpointName", "DescribeEndpointOutput", cached=True),
    _call(
        "InferenceComponent",
        "CreateInferenceComponentInput",
        "InferenceComponentName",
        "DescribeInferenceComponentOutput",
    ),
    _call("Job", "CreateJobRequest", "JobName", "DescribeJobResponse", cached=True, retried=_BOTH),
    StepType(
        "EMR",
        (
            ArgumentPart("StepConfig", "StepConfig", "emr", omitted=("Name",)),
            ArgumentPart(
                "RunJobFlowInput",
                "ClusterConfig",
                "emr",
                omitted=("Name",),
                refused=("Name", "Steps", "AutoTerminationPolicy"),
            ),
        ),
        ("Step",),
        "emr",
        cached=True,
    ),
    StepType(
        "EMRServerless",
        (
            ArgumentPart(
                "StartJobRunRequest",
                "JobConfig",
                "emr-serverless",
                omitted=("clientToken", "applicationId", "executionRoleArn"),
            ),
            ArgumentPart(
                "CreateApplicationRequest",
                "ApplicationConfig",
                "emr-serverless",
                omitted=("clientToken",),
            ),
        ),
        ("GetJobRunResponse",),
        "emr-serverless",
        cached=True,
        retried=_BOTH,
    ),
    StepType(
        "Lineage",
        (
            ArgumentPart("CreateActionRequest", "Actions[]"),
            ArgumentPart("CreateArtifactRequest", "Artifacts[]"),
            ArgumentPart("CreateContextRequest", "Contexts[]"),
        ),
    ),
    StepType("Lambda", cached=True),
    StepType("Callback", cached=True),
    StepType("Condition"),
    StepType("Fail"),
    StepType("Cleanup"),
    StepType("ForEach"),
)

STEP_TYPES: Mapping[str, StepType] = {each.name: each for each in _TYPES}
"""Every type of step, by its name in a definition."""

CACHE_KEYS: Mapping[str, Sequence[str]] = {
    "AutoML": ("AutoMLJobConfig", "AutoMLJobObjective", "InputDataConfig", "ProblemType"),
    "EMR": ("ClusterId", "StepConfig"),
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "Tuning": ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
}
"""Arguments that decide; of other types all do, with what is called.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""
