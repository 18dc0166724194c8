"""An invocation carries what a container may see of a caller's headers, and nothing else."""

from emulator.containers.invocation import Answer, Invocation

SENT = {
    "Content-Type": "text/csv",
    "Accept": "text/plain",
    "X-Amzn-SageMaker-Custom-Attributes": "a=1",
    "X-Amzn-SageMaker-Inference-Id": "id",
    "X-Amzn-SageMaker-Target-Model": "one.tar.gz",
    "X-Amzn-SageMaker-Session-Id": "session",
    "X-Amzn-SageMaker-Target-Variant": "blue",
    "X-Amzn-SageMaker-Inference-Component": "ranker",
    "X-Amzn-SageMaker-Target-Container-Hostname": "second",
    "Authorization": "AWS4-HMAC-SHA256 secret",
    "X-Amz-Date": "20260101T000000Z",
    "Host": "127.0.0.1",
    "Content-Length": "1",
    "User-Agent": "boto3",
    "amz-sdk-request": "attempt=1",
}


def test_only_sagemakers_own_headers_reach_a_container() -> None:
    assert Invocation.received(b"1", SENT).headers == {
        "content-type": "text/csv",
        "accept": "text/plain",
        "x-amzn-sagemaker-custom-attributes": "a=1",
        "x-amzn-sagemaker-inference-id": "id",
        "x-amzn-sagemaker-target-model": "one.tar.gz",
        "x-amzn-sagemaker-session-id": "session",
    }


def test_targets_are_known_by_name() -> None:
    invocation = Invocation.received(b"1", SENT)
    assert (invocation.variant, invocation.component, invocation.hostname) == ("blue", "ranker", "second")
    assert (invocation.model, invocation.inference_id, invocation.custom_attributes) == ("one.tar.gz", "id", "a=1")


def test_the_accept_header_of_boto3_counts() -> None:
    sent = {"Accept": "*/*", "X-Amzn-SageMaker-Accept": "application/json"}
    assert Invocation.received(b"1", sent).headers == {"accept": "application/json"}


def test_the_next_container_gets_the_answer_and_its_type() -> None:
    first = Invocation.received(b"1", SENT)
    following = first.following(Answer(200, b"2", {"content-type": "application/json"}))
    assert (following.body, following.content_type) == (b"2", "application/json")
    assert first.following(Answer(200, b"2", {})).content_type == "text/csv"
