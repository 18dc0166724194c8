"""Jobs that prepare data and judge models."""

from .processing_definition import ProcessingDefinition as ProcessingDefinition
from .processing_input import ProcessingInput as ProcessingInput
from .processing_job import ProcessingJob as ProcessingJob
from .processing_output import ProcessingOutput as ProcessingOutput
