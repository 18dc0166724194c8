"""The decision table and the limits of docs/choosing-an-endpoint.md are those that the advisor applies."""

from collections.abc import Sequence

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Annotations, Match

from harness.documents import PROJECT, blocks, rows
from sagemaker_constructs.cost.inference_options import InferenceOption, InferenceWorkload, advise

PAGE = PROJECT / "docs" / "choosing-an-endpoint.md"
EXAMPLES = list(
    rows(
        PAGE,
        "requests per second",
        "payload in MB",
        "processing in s",
        "callers wait for s",
        "idle share",
        "models",
        "GPU",
        "take",
    )
)
LIMITS = {
    row[0]: (float(row[1]), float(row[2]))
    for row in rows(PAGE, "way to serve", "payload in MB", "processing in s", "more")
}


def _workload(row: Sequence[str]) -> InferenceWorkload:
    rate, payload, processing, wait, idle, models, gpu = row
    return InferenceWorkload(
        requests_per_second=float(rate),
        payload_megabytes=float(payload),
        processing_seconds=float(processing),
        latency_seconds=None if wait == "nobody" else float(wait),
        idle_share=float(idle),
        models=int(models),
        needs_gpu=gpu == "yes",
    )


@pytest.mark.parametrize("row", EXAMPLES, ids=" ".join)
def test_each_example_is_what_the_advisor_says(row: Sequence[str]) -> None:
    option = advise(_workload(row[:-1])).option
    assert (option.value if option else "none") == row[-1]


def test_each_way_to_serve_is_taken_by_an_example_and_has_its_limits() -> None:
    ways = {option.value for option in InferenceOption}
    assert {row[-1] for row in EXAMPLES} == ways | {"none"}
    assert set(LIMITS) == ways


@pytest.mark.parametrize("way", LIMITS)
def test_the_limits_are_the_advisor_s(way: str) -> None:
    option, (payload, seconds) = InferenceOption(way), LIMITS[way]
    workload = InferenceWorkload(0.001, payload, seconds, models=2 if way == "multi-model" else 1)
    assert advise(workload).fits(option)
    more = advise(InferenceWorkload(0.001, payload + 1, seconds, models=2))
    assert any("payload" in reason for reason in more.against[option])
    longer = advise(InferenceWorkload(0.001, payload, seconds + 1, models=2))
    assert any("processing" in reason for reason in longer.against[option])


def test_the_block_warns_as_it_says(stack: Stack) -> None:
    [block] = blocks(PAGE, "python")
    exec(compile(block.body, block.place, "exec"), {"self": stack})
    quoted = block.body.partition("# Warning: ")[2].partition(" …")[0]
    assert quoted
    Annotations.from_stack(stack).has_warning("/Stack/Endpoint", Match.string_like_regexp(f"^{quoted}"))
