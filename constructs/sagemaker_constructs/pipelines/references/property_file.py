"""Values in a JSON file that a processing job leaves."""

from collections.abc import Mapping
from dataclasses import dataclass

from sagemaker_constructs.pipelines.references.expression import Expression


@dataclass(frozen=True)
class PropertyFile:
    """The JSON file ``path`` within the ``output`` of a ``ProcessingStep``, which conditions read values from.

    The pipeline itself reads it: up to 2 MB.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html
    """

    name: str
    output: str
    path: str

    def document(self) -> dict[str, object]:
        """Its entry among the ``PropertyFiles`` of a step."""
        return {"PropertyFileName": self.name, "OutputName": self.output, "FilePath": self.path}


class FileValue(Expression):
    """A value in a property file; take one by ``step.property_file(name).at(path)``."""

    def __init__(self, step: str, file: str, path: str) -> None:
        self._step = step
        self._file = file
        self._path = path

    def document(self) -> Mapping[str, object]:
        """The ``Std:JsonGet``."""
        file = {"Get": f"Steps.{self._step}.PropertyFiles.{self._file}"}
        return {"Std:JsonGet": {"PropertyFile": file, "Path": self._path}}

    @property
    def place(self) -> str:
        """Step, file and path."""
        return f"Steps.{self._step}.PropertyFiles.{self._file}.{self._path}"


@dataclass(frozen=True)
class StepFile:
    """The property file ``name`` of the step ``step``."""

    step: str
    name: str

    def at(self, path: str) -> FileValue:
        """The value at ``path``, such as ``metrics.auc.value`` or ``rows[0]``."""
        return FileValue(self.step, self.name, path)
