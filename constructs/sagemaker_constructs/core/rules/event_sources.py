"""Queues as sources of Lambda functions: how long a message is hidden, and how many make a batch."""

from collections.abc import Iterator

from sagemaker_constructs.core.rules.catalogue import Broken, Call, rule
from sagemaker_constructs.core.tokens import is_token

_CREATE = "CreateEventSourceMapping"
_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
_PARAMETERS = f"{_GUIDE}/services-sqs-parameters.html"
_MOST_OF_A_SMALL_BATCH = 10


def _of_queue(call: Call, *, fifo: bool) -> bool:
    """Whether the source is known to be a queue of that kind."""
    source = call.request.get("EventSourceArn", "")
    queue = call.find("Queue", source)
    if queue is not None:
        return queue["FifoQueue"] == fifo
    return not is_token(source) and ":sqs:" in source and source.endswith(".fifo") == fifo


def _more_than_ten(call: Call) -> bool:
    size = call.request.get("BatchSize", _MOST_OF_A_SMALL_BATCH)
    return not is_token(size) and size > _MOST_OF_A_SMALL_BATCH


@rule(
    _CREATE,
    f"{_GUIDE}/services-sqs-configure.html",
    read="2026-11-29",
    words="Queue visibility timeout: {got[0]} seconds is less than Function timeout: {got[1]} seconds",
)
def messages_are_hidden_while_their_function_runs(call: Call) -> Iterator[Broken]:
    """The visibility timeout of a queue must not be less than the timeout of the function that takes its messages."""
    queue = call.find("Queue", call.request.get("EventSourceArn", "")) or {}
    function = call.find("Function", call.request.get("FunctionName", "")) or {}
    hidden, longest = queue.get("VisibilityTimeout"), function.get("Timeout")
    if hidden is None or longest is None or is_token(hidden) or is_token(longest):
        return
    if hidden < longest:
        yield "EventSourceArn", (hidden, longest)


@rule(_CREATE, _PARAMETERS, read="2026-11-29", words="Batching window is not supported for FIFO queues")
def fifo_queues_have_no_batching_window(call: Call) -> Iterator[Broken]:
    """A MaximumBatchingWindowInSeconds is not supported for FIFO queues."""
    window = call.request.get("MaximumBatchingWindowInSeconds", 0)
    if not is_token(window) and window > 0 and _of_queue(call, fifo=True):
        yield "MaximumBatchingWindowInSeconds", window


@rule(_CREATE, _PARAMETERS, read="2026-11-29")
def batches_of_fifo_queues_have_ten_messages(call: Call) -> Iterator[Broken]:
    """The maximum BatchSize is 10 for FIFO queues."""
    if _more_than_ten(call) and _of_queue(call, fifo=True):
        yield "BatchSize", call.request["BatchSize"]


@rule(
    _CREATE,
    "https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html",
    read="2026-11-29",
    enforced=("emulator",),
    words="Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
)
def larger_batches_are_waited_for(call: Call) -> Iterator[Broken]:
    """A BatchSize of more than 10 for a standard queue requires a MaximumBatchingWindowInSeconds of at least 1."""
    window = call.request.get("MaximumBatchingWindowInSeconds", 0)
    if _more_than_ten(call) and not is_token(window) and window < 1 and _of_queue(call, fifo=False):
        yield "BatchSize", call.request["BatchSize"]
