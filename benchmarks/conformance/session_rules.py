"""Rules of stateful sessions."""

import json
import re

from conformance.container import Contender, started
from conformance.rule import SESSIONS, rule

# As boto3 takes it.
_NEW_SESSION = r"([a-zA-Z0-9](?:-*[a-zA-Z0-9])*);\sExpires=\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z"


@rule("a session is opened with an id and its end, and continued with the id", SESSIONS)
def session_opens(contender: Contender) -> None:
    with started(contender, contender.stateful) as container:
        opened = container.invoke(contender.row, X_Amzn_SageMaker_Session_Id="NEW_SESSION")
        assert opened.status == 200
        identity = re.fullmatch(_NEW_SESSION, opened.headers["x-amzn-sagemaker-new-session-id"])
        assert identity
        continued = container.invoke(contender.row, X_Amzn_SageMaker_Session_Id=identity[1])
        assert continued.status == 200
        assert "x-amzn-sagemaker-new-session-id" not in continued.headers


@rule("a session is closed on demand, and unknown afterwards", SESSIONS)
def session_closes(contender: Contender) -> None:
    with started(contender, contender.stateful) as container:
        opened = container.invoke(contender.row, X_Amzn_SageMaker_Session_Id="NEW_SESSION")
        identity = opened.headers["x-amzn-sagemaker-new-session-id"].partition(";")[0]
        wish = json.dumps({"requestType": "CLOSE"})
        closed = container.invoke(wish, "application/json", X_Amzn_SageMaker_Session_Id=identity)
        assert closed.headers["x-amzn-sagemaker-closed-session-id"] == identity
        unknown = container.invoke(contender.row, X_Amzn_SageMaker_Session_Id=identity)
        assert 400 <= unknown.status < 500
