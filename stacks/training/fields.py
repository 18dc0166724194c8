"""The field types of training."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from stacks.configuration.fields.aws_model import training_instance_types
from stacks.configuration.fields.kit import ApiText, OneOf, as_text, in_words

TrainingInstanceType = Annotated[str, OneOf(training_instance_types), Field(title="training instance type")]
HyperparameterName = Annotated[
    str,
    Field(min_length=1, max_length=256, json_schema_extra=in_words("a name of 1 to 256 characters in one line")),
    ApiText("HyperParameterKey"),
]
HyperparameterValue = Annotated[
    str,
    Field(
        json_schema_extra=in_words(
            "text of at most 2500 characters in one line, a number, true or false",
            type=["string", "number", "boolean"],
        )
    ),
    ApiText("HyperParameterValue"),
    BeforeValidator(as_text),
]
