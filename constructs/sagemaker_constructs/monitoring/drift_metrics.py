"""What a drift monitor measures, for alarms, dashboards and whoever asks."""

from collections.abc import Iterator, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch

from sagemaker_constructs.monitoring.answer_bias import AnswerBias
from sagemaker_constructs.monitoring.answer_quality import JUDGED, AnswerQuality
from sagemaker_constructs.monitoring.drift_alarms import (
    BIAS,
    BIASED,
    COVERAGE,
    DRIFT,
    DRIFTED,
    FAILED_RUNS,
    LOST_ROWS,
    QUALITY,
    ROWS,
    RUNS,
    SEVERE,
    WORSE,
)
from sagemaker_constructs.monitoring.windowed_monitor import WindowedMonitor
from sagemaker_constructs.observability.graph import Graph, Section
from sagemaker_constructs.observability.measurement import Measured, Measurement


class DriftMetrics(WindowedMonitor):
    """Metrics of the monitor ``monitor_name``, in the namespace ``SageMakerConstructs/Monitoring``."""

    watched_model: str
    """The endpoint's name, or the monitor's."""
    _features: Sequence[str]
    """Those with a metric of their own."""
    _quality: AnswerQuality | None
    _bias: AnswerBias | None

    def dashboard_sections(self) -> Iterator[Section]:
        """What differs, rows, and how runs end."""
        features = [self.measurement(DRIFT, feature) for feature in self._features]
        rows = [
            [
                Graph("Features that differ", [self.measurement(DRIFTED), self.measurement(SEVERE)]),
                Graph("Rows of a window", [self.measurement(ROWS), self.measurement(LOST_ROWS)]),
                Graph("Runs", [self.measurement(RUNS), self.measurement(FAILED_RUNS)]),
            ],
            *([[Graph("Drift of features", features)]] if features else []),
            *self._rows_of_answers(),
        ]
        yield Section(f"Drift of {self.watched_model}", rows)

    def _rows_of_answers(self) -> Iterator[Sequence[Graph]]:
        """How good answers are, how much of the truth is known, and how biased they are."""
        if self._quality:
            metrics = [self._of(QUALITY, "Metric", each) for each in JUDGED[self._quality.problem]]
            yield [
                Graph("Quality", metrics),
                Graph("Metrics that are worse", [self.measurement(WORSE)]),
                Graph("Share of predictions whose truth came in time", [self.measurement(COVERAGE)]),
            ]
        if self._bias:
            facets = [self._of(BIAS, "Facet", each) for each in self._bias.called]
            yield [Graph("Bias beyond the baseline's", facets), Graph("Biased metrics", [self.measurement(BIASED)])]

    def measurement(self, measured: Measured, feature: str | None = None) -> Measurement:
        """A metric of the monitor, or of one of its features, for alarms and dashboards."""
        return self._of(measured, "Feature", feature) if feature else self._of(measured)

    def metric_drifted_features(self) -> cloudwatch.Metric:
        """Features that differ, confirmed as ``telling`` says; nothing is counted by a run that cannot decide."""
        return self.measurement(DRIFTED).metric()

    def metric_severe_features(self) -> cloudwatch.Metric:
        """Those among them that are critical."""
        return self.measurement(SEVERE).metric()

    def metric_drift(self, feature: str) -> cloudwatch.Metric:
        """By how much a feature has moved, of those that ``telling.features`` names."""
        return self.measurement(DRIFT, feature).metric()

    def metric_worse_metrics(self) -> cloudwatch.Metric:
        """Metrics of quality that are worse than the baseline's, confirmed as ``telling`` says."""
        return self.measurement(WORSE).metric()

    def metric_biased_metrics(self) -> cloudwatch.Metric:
        """Metrics of bias that are further from 0 than the baseline's, confirmed as ``telling`` says."""
        return self.measurement(BIASED).metric()

    def metric_truth_coverage(self) -> cloudwatch.Metric:
        """Which share of the predictions that are older than ``truth_days`` has a truth."""
        return self.measurement(COVERAGE).metric()

    def metric_quality(self, metric: str) -> cloudwatch.Metric:
        """A metric of quality that is compared, such as ``auc``, of the truth that came last."""
        return self._of(QUALITY, "Metric", metric).metric()

    def metric_bias(self, facet: str) -> cloudwatch.Metric:
        """By how much a metric of bias is beyond the baseline's at most, of a facet such as ``age above 50``."""
        return self._of(BIAS, "Facet", facet).metric()
