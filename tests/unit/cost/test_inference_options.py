import pytest

from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload, advise

STEADY = {"requests_per_second": 20.0, "payload_megabytes": 0.01, "processing_seconds": 0.05, "latency_seconds": 0.5}


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({}, InferenceOption.REAL_TIME),
        ({"idle_share": 0.9, "latency_seconds": 30.0}, InferenceOption.SERVERLESS),
        # Idle most of the day, but the first caller of the morning cannot wait for a cold start.
        ({"idle_share": 0.9}, InferenceOption.REAL_TIME),
        (
            {"payload_megabytes": 300.0, "processing_seconds": 120.0, "latency_seconds": 900.0},
            InferenceOption.ASYNCHRONOUS,
        ),
        ({"latency_seconds": None}, InferenceOption.BATCH),
        ({"latency_seconds": None, "payload_megabytes": 500.0}, InferenceOption.ASYNCHRONOUS),
        ({"models": 400}, InferenceOption.MULTI_MODEL),
        ({"idle_share": 0.9, "latency_seconds": 30.0, "needs_gpu": True}, InferenceOption.REAL_TIME),
        ({"payload_megabytes": 30.0}, None),
    ],
)
def test_the_cheapest_option_within_the_limits(
    change: dict[str, float | None], option: InferenceOption | None
) -> None:
    assert advise(InferenceWorkload(**{**STEADY, **change})).option == option  # pyright: ignore[reportArgumentType]


def test_a_4_mb_payload_is_just_allowed_on_serverless_and_more_is_not() -> None:
    allowed = advise(InferenceWorkload(1, 4, 1, latency_seconds=30))
    refused = advise(InferenceWorkload(1, 4.5, 1, latency_seconds=30))
    assert allowed.fits(InferenceOption.SERVERLESS)
    assert refused.against[InferenceOption.SERVERLESS] == ("payload of 4.5 MB is over the limit of 4",)


def test_all_limits_that_rule_an_option_out_are_named() -> None:
    advice = advise(
        InferenceWorkload(
            requests_per_second=100,
            payload_megabytes=30,
            processing_seconds=90,
            latency_seconds=2,
            idle_share=0.2,
            models=3,
            needs_gpu=True,
        )
    )
    assert advice.option is None
    assert advice.against[InferenceOption.SERVERLESS] == (
        "payload of 30 MB is over the limit of 4",
        "processing of 90 s is over the limit of 60",
        "concurrency of 9000 requests at a time is over the limit of 200",
        "serverless has no accelerators",
        "a serverless endpoint hosts one model",
        "latency of 2 s is too short for a cold start after idle time, up to about 10 s",
    )
    assert set(advice.against) == set(InferenceOption)


def test_impossible_numbers_are_named_at_once() -> None:
    with pytest.raises(ValueError, match="requests_per_second must be greater than 0, got: 0") as refusal:
        InferenceWorkload(0, -1, 1, idle_share=2, models=0)
    assert str(refusal.value).count("must be") == 4
