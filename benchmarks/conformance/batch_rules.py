"""Rules of a container in a transform job."""

import json

from conformance.container import Contender, started
from conformance.rule import BATCH, rule

MEGABYTE = 1024 * 1024


@rule("/execution-parameters tells strategy, concurrency and payload of a transform job", BATCH)
def execution_parameters(contender: Contender) -> None:
    with started(contender, contender.batch) as container:
        wishes = json.loads(container.request("GET", "/execution-parameters").body)
        assert set(wishes) == {"MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB"}
        assert wishes["MaxConcurrentTransforms"] * wishes["MaxPayloadInMB"] <= 100


@rule("a body of 100 MB is answered in a transform job", BATCH)
def batch_body(contender: Contender) -> None:
    with started(contender, contender.batch) as container:
        row = contender.row + "\n"
        assert container.invoke(row * (100 * MEGABYTE // len(row))).status == 200


@rule("a bad record of a transform job does not lose its file", BATCH)
def bad_record(contender: Contender) -> None:
    with started(contender, contender.batch) as container:
        answer = container.invoke(f"{contender.row}\nbad,record\n{contender.row}\n", Accept="text/csv")
        assert answer.status == 200
        assert len(answer.body.splitlines()) == 3
