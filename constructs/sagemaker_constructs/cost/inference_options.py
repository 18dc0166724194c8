"""Which way to serve a model fits a workload, and which limits of AWS decide it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

REAL_TIME_PAYLOAD_MB = 25
REAL_TIME_PROCESSING_SECONDS = 60
SERVERLESS_PAYLOAD_MB = 4
SERVERLESS_CONCURRENCY = 200
ASYNC_PAYLOAD_MB = 1024
ASYNC_PROCESSING_SECONDS = 3600
BATCH_PAYLOAD_MB = 100
BATCH_PROCESSING_SECONDS = 3600

COLD_START_SECONDS = 10
"""What a caller has to bear now and then on serverless. AWS states no figure: it grows with image and model."""
WAKING_SECONDS = 300
"""What a caller has to bear when an asynchronous endpoint starts its first instance. Not a limit of AWS either."""
IDLE_SHARE_FOR_SERVERLESS = 0.5


class InferenceOption(StrEnum):
    """The ways to serve a model."""

    REAL_TIME = "real-time"
    SERVERLESS = "serverless"
    ASYNCHRONOUS = "asynchronous"
    BATCH = "batch"
    MULTI_MODEL = "multi-model"


@dataclass(frozen=True)
class InferenceWorkload:
    """What is asked of a model.

    ``requests_per_second`` is the rate while requests come at all, ``idle_share`` the share of the day without
    any (0 to 1), ``payload_megabytes`` the largest request, ``processing_seconds`` the model's time for one, and
    ``latency_seconds`` how long a caller waits for its answer; None when nobody waits. ``models`` of the same
    kind share the traffic, ``needs_gpu`` says whether they run on accelerators.

    Raises ``ValueError`` that names all numbers out of range at once.
    """

    requests_per_second: float
    payload_megabytes: float
    processing_seconds: float
    latency_seconds: float | None = None
    idle_share: float = 0.0
    models: int = 1
    needs_gpu: bool = False

    def __post_init__(self) -> None:
        wrong = [
            f"{name} must be greater than 0, got: {value}"
            for name, value in (
                ("requests_per_second", self.requests_per_second),
                ("payload_megabytes", self.payload_megabytes),
                ("processing_seconds", self.processing_seconds),
                ("latency_seconds", 1 if self.latency_seconds is None else self.latency_seconds),
                ("models", self.models),
            )
            if value <= 0
        ]
        if not 0 <= self.idle_share <= 1:
            wrong.append(f"idle_share must be between 0 and 1, got: {self.idle_share}")
        if wrong:
            raise ValueError("; ".join(wrong))

    @property
    def concurrency(self) -> float:
        """Requests in work at the same time, by Little's law."""
        return self.requests_per_second * self.processing_seconds


@dataclass(frozen=True)
class Advice:
    """The option to take, why, and for each other option what stands against it.

    ``against`` maps an option to the limits that rule it out; an option that would do as well, but costs more or
    brings nothing here, is in neither.
    """

    option: InferenceOption | None
    why: str
    against: dict[InferenceOption, tuple[str, ...]]

    def fits(self, option: InferenceOption) -> bool:
        """Whether no limit rules ``option`` out."""
        return option not in self.against


def advise(workload: InferenceWorkload) -> Advice:
    """The cheapest option within whose limits ``workload`` stays; ``option`` is None when there is none.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/deploy-model-options.html
    """
    judged = {option: tuple(rules(workload)) for option, rules in _RULES.items()}
    against = {option: reasons for option, reasons in judged.items() if reasons}
    for option, why in _preferences(workload):
        if option not in against:
            return Advice(option, why, against)
    return Advice(None, "no option takes such requests: make them smaller, faster or fewer", against)


def _preferences(workload: InferenceWorkload) -> Iterator[tuple[InferenceOption, str]]:
    """Cheapest first, for what the workload is like."""
    if workload.latency_seconds is None:
        yield InferenceOption.BATCH, "nobody waits for an answer, so that instances run for the job only"
    if workload.models > 1:
        yield InferenceOption.MULTI_MODEL, f"{workload.models} models share the instances of one endpoint"
    if workload.idle_share >= IDLE_SHARE_FOR_SERVERLESS:
        yield (
            InferenceOption.SERVERLESS,
            f"{workload.idle_share:.0%} of the day nothing comes, and serverless costs nothing then",
        )
        yield (
            InferenceOption.ASYNCHRONOUS,
            f"{workload.idle_share:.0%} of the day nothing comes, and the endpoint scales to zero then",
        )
    yield InferenceOption.REAL_TIME, "requests keep coming, and callers wait for their answers"
    yield InferenceOption.ASYNCHRONOUS, "requests are too large or too slow to wait for, and are queued"
    yield InferenceOption.SERVERLESS, "nothing else stays within its limits"


def _against_real_time(workload: InferenceWorkload) -> Iterator[str]:
    yield from _over("payload", workload.payload_megabytes, REAL_TIME_PAYLOAD_MB, "MB")
    yield from _over("processing", workload.processing_seconds, REAL_TIME_PROCESSING_SECONDS, "s")


def _against_serverless(workload: InferenceWorkload) -> Iterator[str]:
    yield from _over("payload", workload.payload_megabytes, SERVERLESS_PAYLOAD_MB, "MB")
    yield from _over("processing", workload.processing_seconds, REAL_TIME_PROCESSING_SECONDS, "s")
    yield from _over("concurrency", workload.concurrency, SERVERLESS_CONCURRENCY, "requests at a time")
    if workload.needs_gpu:
        yield "serverless has no accelerators"
    if workload.models > 1:
        yield "a serverless endpoint hosts one model"
    if workload.latency_seconds is not None and workload.idle_share > 0:
        yield from _under("latency", workload.latency_seconds, COLD_START_SECONDS, "a cold start after idle time")


def _against_asynchronous(workload: InferenceWorkload) -> Iterator[str]:
    yield from _over("payload", workload.payload_megabytes, ASYNC_PAYLOAD_MB, "MB")
    yield from _over("processing", workload.processing_seconds, ASYNC_PROCESSING_SECONDS, "s")
    if workload.latency_seconds is not None:
        yield from _under("latency", workload.latency_seconds, WAKING_SECONDS, "waking from zero instances")


def _against_batch(workload: InferenceWorkload) -> Iterator[str]:
    yield from _over("payload", workload.payload_megabytes, BATCH_PAYLOAD_MB, "MB")
    yield from _over("processing", workload.processing_seconds, BATCH_PROCESSING_SECONDS, "s")
    if workload.latency_seconds is not None:
        yield "batch transform answers when the job ends, and somebody waits"


def _against_multi_model(workload: InferenceWorkload) -> Iterator[str]:
    yield from _against_real_time(workload)
    if workload.models == 1:
        yield "there is only one model"


def _over(what: str, value: float, limit: float, unit: str) -> Iterator[str]:
    if value > limit:
        yield f"{what} of {value:g} {unit} is over the limit of {limit:g}"


def _under(what: str, value: float, needed: float, because: str) -> Iterator[str]:
    if value < needed:
        yield f"{what} of {value:g} s is too short for {because}, up to about {needed:g} s"


_RULES = {
    InferenceOption.REAL_TIME: _against_real_time,
    InferenceOption.SERVERLESS: _against_serverless,
    InferenceOption.ASYNCHRONOUS: _against_asynchronous,
    InferenceOption.BATCH: _against_batch,
    InferenceOption.MULTI_MODEL: _against_multi_model,
}
