"""Where a cache can never be hit, and where a condition stands in a branch of another one."""

from collections.abc import Iterator

from sagemaker_constructs.core.pipeline_definitions.expressions import members_of, references
from sagemaker_constructs.core.pipeline_definitions.reading import PipelineReading, StepReading
from sagemaker_constructs.core.pipeline_definitions.step_types import CACHE_KEYS

_NEVER = ("OutputDataConfig", "ProcessingOutputConfig", "RoleArn", "ResourceConfig", "ProcessingResources", "Tags")
_PER_EXECUTION = ("StartDateTime", "CurrentDateTime", "PipelineExecutionId", "PipelineExecutionArn")
_LASTING = ("Callback", "Condition", "ForEach", "Lambda")


def cache_warnings(reading: PipelineReading) -> Iterator[str]:
    """For each step that asks for a cache, why none of its executions will find one.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching-enabling.html
    """
    for step in reading.steps:
        if not _is_cached(step):
            continue
        for name, value in step.arguments.items():
            kept = CACHE_KEYS.get(step.kind)
            if (kept and name not in kept) or (not kept and (name in _NEVER or name == "TransformOutput")):
                continue
            for path, reference in references(value, name):
                space, _, asked = reference.path.partition(".")
                source = reading.by_name.get(reference.step)
                if space == "Execution" and asked in _PER_EXECUTION:
                    yield f"{step.name} never hits its cache: {path} is {reference.path}, another one each time"
                elif source and source.kind == "Model":
                    yield f"{step.name} never hits its cache: {path} is a model that {source.name} makes anew"
                elif source and not _is_cached(source) and source.kind not in _LASTING:
                    yield (
                        f"{step.name} never hits its cache: {path} is a result of {source.name}, "
                        "which runs anew each time; give it a cache as well"
                    )


def nesting_warnings(reading: PipelineReading) -> Iterator[str]:
    """For each condition that decides only after another one, that AWS's documents disagree on it.

    An older guide does not allow it, and SageMaker's Python SDK writes it.
    """
    for step in reading.steps:
        around = [each for each in step.within if each.kind == "Condition"]
        if step.kind == "Condition" and around:
            yield (
                f"{step.name} is a condition in a branch of {around[-1].name}, which AWS has documented as not "
                f"supported; to be safe, ask in {around[-1].name} for all that {step.name} asks for"
            )


def _is_cached(step: StepReading) -> bool:
    return members_of(step.document.get("CacheConfig")).get("Enabled") is True
