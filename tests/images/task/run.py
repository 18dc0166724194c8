"""A task that does what its arguments say, and reads and writes objects as a container of a job would."""

import os
import pathlib
import signal
import sys
import time
import urllib.request

where = os.environ["AWS_ENDPOINT_URL"]
# Nobody looks at the signature; whom a request is for stands in it.
signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, Signature=0"}


def ask(method, place, content=None):
    headers = {**signed, "Content-Type": "text/plain"}
    with urllib.request.urlopen(
        urllib.request.Request(f"{where}/{place}", content, headers, method=method)
    ) as answer:
        return answer.read()


match sys.argv[1:]:
    case ["copy", source, target]:
        ask("PUT", target, ask("GET", source).upper())
        print(f"copied {source}")
    case ["tell", target]:
        mine = {name: value for name, value in os.environ.items() if name.startswith(("AWS_BATCH", "MINE"))}
        index = mine.get("AWS_BATCH_JOB_ARRAY_INDEX", "-")
        ask("PUT", f"{target}/{index}", repr(mine).encode())
    case ["fail", code]:
        print("about to fail", file=sys.stderr)
        sys.exit(int(code))
    case ["third-time"]:
        sys.exit(0 if os.environ["AWS_BATCH_JOB_ATTEMPT"] == "3" else 75)
    case ["fail-at", index]:
        sys.exit(9 if os.environ["AWS_BATCH_JOB_ARRAY_INDEX"] == index else 0)
    case ["wait"]:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        pathlib.Path("waits").touch()
        print("waiting", flush=True)
        time.sleep(600)
