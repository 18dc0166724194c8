"""A processing job as a step."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack, cast

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import InvalidInput, one_of
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.pipelines.references.expression import Expression
from sagemaker_constructs.pipelines.references.property_file import PropertyFile, StepFile
from sagemaker_constructs.pipelines.references.step_results import result_of_step
from sagemaker_constructs.pipelines.steps.definition_step import (
    DefinitionStep,
    Text,
    changed,
    grant_read_encrypted,
    of_this_execution,
)
from sagemaker_constructs.pipelines.steps.step import JobStepOptions

if TYPE_CHECKING:
    from sagemaker_constructs.pipelines.references.step_results import ProcessingResult


class ProcessingStep(DefinitionStep):
    """Processes as ``processing`` says, with values of this pipeline.

    ``inputs`` are S3 URLs, mostly results of other steps, for inputs of the definition or new ones. Outputs go below
    the prefix of the definition, in a folder of the execution and the step, so that no execution writes over what
    another one left; ``outputs`` are other S3 URLs for them. ``arguments`` replace those of the definition, and
    ``environment`` adds to its own. ``property_files`` are JSON files in outputs, from which conditions read values.
    ``changes`` replace members of the CreateProcessingJob request.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
    """

    type: ClassVar[str] = "Processing"

    def __init__(
        self,
        name: str,
        processing: ProcessingDefinition,
        *,
        inputs: Mapping[str, Text] | None = None,
        outputs: Mapping[str, Text] | None = None,
        arguments: Sequence[Text] | None = None,
        environment: Mapping[str, Text] | None = None,
        property_files: Sequence[PropertyFile] = (),
        changes: Mapping[str, object] | None = None,
        **options: Unpack[JobStepOptions],
    ) -> None:
        super().__init__(name, processing, changes or {}, options)
        self._processing = processing
        self._inputs = dict(inputs or {})
        self._outputs = dict(outputs or {})
        self._arguments = arguments
        self._environment = dict(environment or {})
        self._property_files = tuple(property_files)
        self.properties: ProcessingResult = result_of_step("Processing", name)

    def output(self, name: str) -> Expression:
        """The S3 URL of the output ``name``, for steps that read it."""
        unknown = one_of("output", name, [*self._processing.outputs])
        if unknown:
            raise InvalidInput(f"{self._processing.path}, in the step {self.name}", [unknown])
        return self.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    def property_file(self, name: str) -> StepFile:
        """The property file ``name``, whose values ``at`` finds."""
        return StepFile(self.name, name)

    def _own(self, request: Mapping[str, object]) -> Mapping[str, object]:
        own: dict[str, object] = {"Environment": self._environment} if self._environment else {}
        if self._arguments is not None:
            own["AppSpecification"] = {"ContainerArguments": [*self._arguments]}
        given = with_inputs(changed(request, own), self._inputs)
        return with_outputs(given, self._outputs, self.name)

    def more(self) -> Mapping[str, object]:
        """The property files."""
        files = [each.document() for each in self._property_files]
        return {"PropertyFiles": files} if files else {}

    def allow(self, grants: Grants) -> None:
        """Read property files."""
        for output in {each.output for each in self._property_files} & self._processing.outputs.keys():
            self._grant_read(output, grants)

    def grant_read_result(self, asked: str, grants: Grants) -> None:
        """Allow reading an output."""
        for name in self._processing.outputs:
            if asked.startswith(f"ProcessingOutputConfig.Outputs['{name}']"):
                self._grant_read(name, grants)

    def _grant_read(self, name: str, grants: Grants) -> None:
        output = self._processing.outputs[name]
        grant_read_encrypted(output.bucket, output.prefix, self._processing.encryption_key, grants)


def with_inputs(request: Mapping[str, object], inputs: Mapping[str, Text]) -> Mapping[str, object]:
    """``request`` with inputs that read the S3 URLs ``inputs``, by name."""
    if not inputs:
        return request
    by_name: dict[str, Any] = {each["InputName"]: each for each in cast(Any, request.get("ProcessingInputs", []))}
    for name, url in inputs.items():
        read = {"LocalPath": f"/opt/ml/processing/input/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
        fresh = {"InputName": name, "S3Input": {**read, "S3DataDistributionType": "FullyReplicated"}}
        by_name[name] = changed(by_name.get(name, fresh), {"S3Input": {"S3Uri": url}})
    return {**request, "ProcessingInputs": [*by_name.values()]}


def with_outputs(request: Mapping[str, object], outputs: Mapping[str, Text], step: str) -> Mapping[str, object]:
    """``request`` with outputs in ``outputs``, by name, and the others in a folder of the execution and ``step``."""
    config = cast("Mapping[str, Any] | None", request.get("ProcessingOutputConfig"))
    if not config:
        return request
    written = [
        changed(
            each,
            {
                "S3Output": {
                    "S3Uri": outputs.get(each["OutputName"], of_this_execution(each["S3Output"]["S3Uri"], step))
                }
            },
        )
        for each in config["Outputs"]
    ]
    return {**request, "ProcessingOutputConfig": {**config, "Outputs": written}}
