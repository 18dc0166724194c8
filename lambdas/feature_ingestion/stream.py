"""The stream, as it is read again for a batch that Lambda gave up."""

from collections.abc import Mapping, Sequence
from typing import Any

from lambdas.feature_ingestion.messages import Message
from lambdas.feature_ingestion.store import ServiceApi


class Stream:
    """Kinesis, with what it still keeps."""

    def __init__(self, api: ServiceApi) -> None:
        self._api = api

    def batch(self, lost: Mapping[str, Any]) -> Sequence[Message]:
        """The records of a batch, from its first to its last sequence number; raises when the stream lost them."""
        iterator: str | None = self._api.call(
            "get_shard_iterator",
            StreamARN=lost["streamArn"],
            ShardId=lost["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            StartingSequenceNumber=lost["startSequenceNumber"],
        )["ShardIterator"]
        found: list[Message] = []
        while iterator and len(found) < lost["batchSize"]:
            answer = self._api.call("get_records", ShardIterator=iterator, Limit=lost["batchSize"] - len(found))
            found += [Message.of_stream(each["SequenceNumber"], each["Data"]) for each in answer["Records"]]
            iterator = answer.get("NextShardIterator") if answer["Records"] else None
        return found
