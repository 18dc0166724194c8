"""Entry point that a stream or a queue calls, and whoever replays the dead letters."""

import os
from typing import Any, cast

from lambdas.common.aws_api import AwsApi
from lambdas.feature_ingestion.dead_letters import DeadLetters
from lambdas.feature_ingestion.logic import FeatureIngestion
from lambdas.feature_ingestion.messages import Message
from lambdas.feature_ingestion.schema import GroupSchema
from lambdas.feature_ingestion.store import FeatureStore
from lambdas.feature_ingestion.stream import Stream

_RESERVE_MILLISECONDS = 10_000
_known: dict[str, GroupSchema] = {}


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Act on records of a stream or messages of a queue; a call with ``replay`` tries so many dead letters again."""

    def enough() -> bool:
        return cast(Any, context).get_remaining_time_in_millis() < _RESERVE_MILLISECONDS

    group = os.environ["GROUP"]
    ingestion = FeatureIngestion(
        FeatureStore(
            group,
            runtime=AwsApi("sagemaker-featurestore-runtime"),
            sagemaker=AwsApi("sagemaker"),
            enough=enough,
        ),
        DeadLetters(AwsApi("sqs"), os.environ["DEAD_LETTERS"]),
        drop_others=os.environ["OTHER_FIELDS"] == "dropped",
        most_received=int(os.environ["MOST_RECEIVED"]),
        known=_known.get(group),
    )
    try:
        if "replay" in event:
            return ingestion.replay(int(event["replay"]), Stream(AwsApi("kinesis")).batch, enough)
        left = ingestion.take([Message.of_event(each) for each in event["Records"]])
    finally:
        _known[group] = ingestion.schema
    return {"batchItemFailures": [{"itemIdentifier": each} for each in left]}
