"""Which parts of a record the model sees, and which stand beside its answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.serving.transform.transform_input import TransformInput
from sagemaker_constructs.serving.transform.transform_output import TransformOutput

MEDIA_TYPES = ("text/csv", "application/json", "application/jsonlines")

_INDEX = r"\s*(-?\d+|(-?\d+)?:(-?\d+)?)\s*"
_STEP = rf"\.?\[\s*'[^']*'(\s*,\s*'[^']*')*\s*\]|\.?\[{_INDEX}(,{_INDEX})*\]|\.\*|\.?\[\*\]|\.[A-Za-z_][\w-]*"
_FILTER = rf"\$({_STEP})*"


@dataclass(frozen=True)
class TransformProcessing:
    """Filters and a join, for CSV, JSON and JSON lines.

    ``input_filter`` selects what the model sees. With ``join_input`` its answer is joined to the whole input
    record: CSV gets more columns at its end; a JSON object gets the key ``SageMakerOutput``, and anything else
    becomes an object with ``SageMakerInput`` and ``SageMakerOutput``. ``output_filter`` selects what of that
    is written. Filters are JSONPath with names, indexes, slices and ``*``: ``$[1:]``, ``$[0,-1]``,
    ``$.features``, ``$['id','SageMakerOutput']``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
    """

    input_filter: str = "$"
    output_filter: str = "$"
    join_input: bool = False

    def problems(self, given: TransformInput, output: TransformOutput) -> Iterator[Problem | None]:
        """What AWS would refuse, or what would join to nonsense."""
        for name, value in (("input_filter", self.input_filter), ("output_filter", self.output_filter)):
            words = "a JSONPath of names, indexes, slices and * that begins with $"
            yield matches(name, value, _FILTER, words)
            if not is_token(value) and len(value) > 63:
                yield Problem(name, f"may have at most 63 characters, got: {len(value)}")
        if given.split not in ("None", "Line"):
            yield Problem("", f"needs input.split Line or None, got: {given.split!r}")
        if not is_token(given.content_type) and given.media_type not in MEDIA_TYPES:
            kinds = ", ".join(MEDIA_TYPES)
            yield Problem("", f"needs one of {kinds} as input.content_type, got: {given.media_type!r}")
        accept = (output.accept or given.content_type).partition(";")[0].strip().lower()
        if self.join_input and not is_token(accept) and _is_csv(accept) != _is_csv(given.media_type):
            got = f"{given.media_type} and {accept}"
            yield Problem("join_input", f"needs input and output of one kind, got: {got}")
        if self.join_input and given.split == "Line" and output.assemble != "Line":
            wrong = "needs output.assemble Line for lines, got: 'None', which would run the records together"
            yield Problem("join_input", wrong)

    def properties(self) -> dict[str, object]:
        """The ``DataProcessing`` of a Create call."""
        return {
            "InputFilter": self.input_filter,
            "OutputFilter": self.output_filter,
            "JoinSource": "Input" if self.join_input else "None",
        }


def _is_csv(media_type: str) -> bool:
    return media_type == "text/csv"
