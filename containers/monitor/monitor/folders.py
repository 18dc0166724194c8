"""Where the container finds and leaves its files: the folders of a processing job, or of a monitoring schedule.

See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Where the job finds and leaves its files.

    Args:
        base: `/opt/ml`.
        variables: Of the process.
    """

    base: Path
    variables: Mapping[str, str]

    @property
    def rows(self) -> Path:
        """Rows of which a baseline is made."""
        return self.base / "processing/input/rows"

    @property
    def captured(self) -> Path:
        """Files of data capture."""
        return self._named("dataset_source", "processing/input/captured")

    @property
    def earlier(self) -> Path:
        """Files of data capture that runs before this one have looked at, whose truth may have come since."""
        return self.base / "processing/input/earlier"

    @property
    def statistics(self) -> Path:
        """The statistics of the baseline, which hold the baseline itself."""
        # A schedule of all but the quality of data downloads constraints alone.
        statistics = self.variables.get("baseline_statistics")
        named = "baseline_statistics" if statistics else "baseline_constraints"
        return self._named(named, "processing/input/baseline/statistics.json")

    @property
    def analysis(self) -> str:
        """What a monitoring schedule looks at, such as `MODEL_QUALITY`; empty for everything."""
        return self.variables.get("analysis_type", "")

    @property
    def merged(self) -> bool:
        """Whether captured lines hold their truth, as SageMaker merges both for a schedule that has truth."""
        return self.analysis in ("MODEL_QUALITY", "MODEL_BIAS") and "ground_truth_source" not in self.variables

    @property
    def scheduled(self) -> bool:
        """Whether a monitoring schedule has started the job."""
        return bool(self.variables.get("sagemaker_monitoring_schedule_name"))

    @property
    def settings(self) -> Path:
        """The team's settings: the one file of JSON, which is named by its hash where it is an asset."""
        folder = self.base / "processing/input/settings"
        return next(iter(sorted(folder.glob("*.json"))), folder / "settings.json")

    @property
    def operation(self) -> Path:
        """What a comparison is told of its two variants."""
        return self.base / "processing/input/operation/operation.json"

    @property
    def history(self) -> Path:
        """What runs before this one have found."""
        return self.base / "processing/input/history"

    @property
    def truth(self) -> Path:
        """What was true, below folders of the hours in which it was collected."""
        if self.merged:
            return self.captured
        return self._named("ground_truth_source", "processing/input/truth")

    @property
    def earlier_truth(self) -> Path:
        """The same, which runs before this one have judged."""
        return self.base / "processing/input/earlier-truth"

    @property
    def attributions(self) -> Path:
        """Attributions, a column for each feature."""
        return self.base / "processing/input/attributions"

    def lines(self, folder: Path) -> list[Path]:
        """Files of JSON lines below a folder, in the order of their names."""
        return sorted(path for path in folder.rglob("*.jsonl") if path.is_file())

    @property
    def window(self) -> tuple[str, str] | None:
        """From when until before when the window is."""
        return self._between("window_start", "window_end") or self.asked

    @property
    def asked(self) -> tuple[str, str] | None:
        """From when until before when rows are looked at, of a monitoring schedule: SageMaker downloads more.

        Whoever names a window by `window_start` and `window_end` has chosen its files, and rows of all of them count:
        some are late, and of no other window.
        """
        return self._between("start_time", "end_time")

    @property
    def output(self) -> Path:
        """What the job leaves."""
        return self._named("output_path", "processing/output/report")

    @property
    def history_output(self) -> Path:
        """What is to be found by runs after this one."""
        return self.base / "processing/output/history"

    def _between(self, first: str, last: str) -> tuple[str, str] | None:
        start, end = self.variables.get(first), self.variables.get(last)
        return (start.replace(" ", ""), end.replace(" ", "")) if start and end else None

    def _named(self, variable: str, default: str) -> Path:
        return Path(self.variables[variable]) if self.variables.get(variable) else self.base / default
