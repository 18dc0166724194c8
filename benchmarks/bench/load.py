"""One load by wrk, from a core of its own, and what it cost the server."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import Call
from bench.processes import cpu_seconds
from conformance.container import Container

CLIENT_CORE = "1"
SERVER_CORE = "0"

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = {content_type}
wrk.body = {body}
done = function(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('\\nRESULT {{"requests": %d, "microseconds": %d, "failures": %d, "p50": %d, "p99": %d}}\\n',
    summary.requests, summary.duration, failures, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Load:
    """What one load showed; times are in microseconds."""

    connections: int
    requests: int
    failures: int
    per_second: float
    cpu: float
    p50: float
    p99: float


def load(container: Container, call: Call, *, connections: int, seconds: float, folder: Path) -> Load:
    """Send the call over this many connections for so long, after a warm-up of half the time."""
    script = folder / "call.lua"
    script.write_text(SCRIPT.format(content_type=json.dumps(call.content_type), body=_text(call.body)))

    def run(duration: float) -> dict[str, int]:
        wrk = ["taskset", "--cpu-list", CLIENT_CORE, "wrk", "--threads", "1", "--connections", str(connections)]
        wrk += ["--duration", f"{max(1, round(duration))}s", "--timeout", "30s", "--latency", "--script", str(script)]
        url = f"http://127.0.0.1:{container.port}{call.path}"
        done = subprocess.run([*wrk, url], capture_output=True, text=True, check=True)
        return json.loads(done.stdout.rpartition("RESULT ")[2])

    run(seconds / 2)
    before = cpu_seconds(container)
    result = run(seconds)
    used = cpu_seconds(container) - before
    requests = max(result["requests"], 1)
    return Load(
        connections=connections,
        requests=result["requests"],
        failures=result["failures"],
        per_second=result["requests"] / result["microseconds"] * 1e6,
        cpu=used / requests * 1e6,
        p50=result["p50"],
        p99=result["p99"],
    )


def _text(body: str) -> str:
    """The body as a string of Lua, whose long brackets take everything as it is."""
    return f"[==[{body}]==]"
