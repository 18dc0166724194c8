"""What turned out to be true."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Duration

from sagemaker_constructs.core.durations import seconds_of
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.data.processing_input import ProcessingInput

_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class CollectedTruth(ProcessingInput):
    """Truth of predictions below ``prefix`` of ``bucket``, in Model Monitor's layout: folders of collection hours.

    ``<prefix>/2026/11/30/07/….jsonl`` has a line for each prediction, which names it by the inference id of its
    request, or else by the event id that was captured:
    ``{"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "…"}, "eventVersion": "0"}``.

    It is judged ``every`` day (default) or as many hours as are a whole number of the monitor's windows and part of a
    day. Each line is judged once, by the first run after it was found, whenever its prediction was made; files that
    come late to a folder are judged by the next run. Such a run reads the captured files of as many days as
    ``AnswerQuality.truth_days`` says, and its volume has to hold them.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
    """

    every: Duration | None = None

    @property
    def every_seconds(self) -> int:
        """How often it is judged."""
        return seconds_of(self.every) if self.every else _DAY_SECONDS

    def problems(self, window_seconds: int) -> Iterator[Problem | None]:
        """Rule: a whole number of windows, and of these times a day."""
        every = self.every_seconds
        if every % window_seconds or not every or _DAY_SECONDS % every:
            told = f"{every / 3600:g} hours"
            yield Problem("every", f"must be a whole number of windows and part of a day, got: {told}")
