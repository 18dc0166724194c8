"""What an execution says of itself."""

from collections.abc import Mapping

from sagemaker_constructs.pipelines.references.expression import Expression


class ExecutionValue(Expression):
    """A value that each execution has; take one from ``Execution``."""

    def __init__(self, name: str) -> None:
        self._name = name

    def document(self) -> Mapping[str, object]:
        """The ``Get``."""
        return {"Get": self.place}

    @property
    def place(self) -> str:
        """``Execution.<name>``."""
        return f"Execution.{self._name}"


class Execution:
    """The execution itself: ``join("s3://", bucket, "/", Execution.ID)``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
    """

    ARN: ExecutionValue = ExecutionValue("PipelineExecutionArn")
    ID: ExecutionValue = ExecutionValue("PipelineExecutionId")
    PIPELINE_ARN: ExecutionValue = ExecutionValue("PipelineArn")
    PIPELINE_NAME: ExecutionValue = ExecutionValue("PipelineName")
    START_TIME: ExecutionValue = ExecutionValue("StartDateTime")
    CURRENT_TIME: ExecutionValue = ExecutionValue("CurrentDateTime")
    PROCESSING_JOB_NAME: ExecutionValue = ExecutionValue("ProcessingJobName")
    TRAINING_JOB_NAME: ExecutionValue = ExecutionValue("TrainingJobName")
