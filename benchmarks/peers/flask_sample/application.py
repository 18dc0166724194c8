"""A Flask application in the manner of AWS's bring-your-own-container sample: pandas reads, pandas writes."""

import io

import flask
import pandas

from scorer import load_scorer

score = load_scorer()
application = flask.Flask(__name__)


@application.get("/ping")
def ping() -> flask.Response:
    """Healthy: the model was loaded when the module was."""
    return flask.Response(response="\n", status=200, mimetype="application/json")


@application.post("/invocations")
def invocations() -> flask.Response:
    """Score CSV without a header, or `{"instances": [[…], …]}`."""
    if flask.request.content_type == "text/csv":
        rows = pandas.read_csv(io.StringIO(flask.request.data.decode("utf-8")), header=None)
        out = io.StringIO()
        pandas.DataFrame({"results": score(rows.to_numpy())}).to_csv(out, header=False, index=False)
        return flask.Response(response=out.getvalue(), status=200, mimetype="text/csv")
    if flask.request.content_type == "application/json":
        rows = pandas.DataFrame(flask.request.get_json()["instances"])
        return flask.jsonify(predictions=[{"score": each} for each in score(rows.to_numpy()).tolist()])
    return flask.Response(response="This predictor only supports CSV and JSON", status=415, mimetype="text/plain")
