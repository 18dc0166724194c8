"""`make bench`: run every comparison and write `benchmarks/results/<date>.md` and `.json`."""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import OURS, Server, servers
from bench.load import SERVER_CORE, Load, load
from bench.machine import describe_machine
from bench.models import MODELS, Models
from bench.multi_model import MultiModel, measure
from bench.report import Results, report
from conformance.container import Answer, Container, started
from conformance.rules import RULES

BENCHMARKS = Path(__file__).resolve().parent.parent
PROJECT = BENCHMARKS.parent
MULTI_MODEL_PEER = "multi-model-server + sagemaker-inference"
NEEDED = {"wrk": "wrk", "nginx": "nginx-light", "java": "openjdk-17-jre-headless", "taskset": "util-linux"}


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    python: Path
    seconds: float
    only: Sequence[str]
    connections: Sequence[int]
    contract: bool


def main() -> int:
    """Run the benchmark; the exit code is 1 when something that it needs is missing or a server answers wrongly."""
    options = _options()
    missing = [package for program, package in NEEDED.items() if not _found(program)]
    if missing:
        print(f"make bench needs {', '.join(missing)}: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    if len(os.sched_getaffinity(0)) < 2:
        print("make bench needs two cores, one for the server and one for the client", file=sys.stderr)
        return 1
    environments = BENCHMARKS / ".environments"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = Models.train(folder / "models", options.python)
        results = Results(machine=describe_machine())
        chosen: list[Server] = []
        for model in MODELS:
            chosen = [
                server
                for server in servers(models, model, our_python=options.python, environments=environments)
                if not options.only or server.contender.name in (OURS, *options.only)
            ]
            results.versions |= {server.contender.name: server.versions for server in chosen}
            results.floors[model] = _floors(models, model, chosen[0], options.python)
            for server in chosen:
                results.loads[model, server.contender.name] = _loads(server, models.scores[model][0], options, folder)
        results.multi_model = _many_models(chosen)
        if options.contract:
            results.contract = {server.contender.name: _contract(server) for server in chosen}
        _write(results)
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--python", type=Path, required=True, help="the interpreter of containers/tabular")
    parser.add_argument("--seconds", type=float, default=4, help="length of each load (4)")
    parser.add_argument("--only", action="append", default=[], help="a peer; all of them when left out")
    parser.add_argument("--connections", type=int, action="append", help="1, 16 and 64 when left out")
    parser.add_argument("--no-contract", dest="contract", action="store_false", help="leave the contract's rules out")
    found = parser.parse_args()
    return Options(found.python, found.seconds, found.only, found.connections or (1, 16, 64), found.contract)


def _found(program: str) -> bool:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is not None


def _floors(models: Models, model: str, ours: Server, python: Path) -> dict[str, float]:
    bodies = {name: {"body": call.body, "content_type": call.content_type} for name, call in ours.calls.items()}
    done = subprocess.run(
        [python, "-m", "served.floor", model, models.base(model) / "model"],
        input=json.dumps(bodies),
        env=dict(ours.contender.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def _loads(server: Server, score: float, options: Options, folder: Path) -> dict[str, list[Load]]:
    found: dict[str, list[Load]] = {}
    print(f"{server.contender.name} …", file=sys.stderr)
    with started(server.contender, core=SERVER_CORE) as container:
        for name, call in server.calls.items():
            _prove(container, server, name, score)
            connections = (1,) if name == "csv-1000" else options.connections
            found[name] = [
                load(container, call, connections=each, seconds=options.seconds, folder=folder)
                for each in connections
            ]
    return found


def _prove(container: Container, server: Server, name: str, score: float) -> None:
    """The first score of an answer must be the model's: a server that answers nonsense is quick."""
    call = server.calls[name]

    def ask() -> Answer:
        headers = {"Content-Type": call.content_type}
        return container.request("POST", call.path, call.body.encode(), headers)

    # Some say that they are healthy before their model is loaded.
    end = time.monotonic() + 30
    while (answer := ask()).status >= 500 and time.monotonic() < end:
        time.sleep(0.2)
    numbers = [float(word) for word in _numbers(answer.body.decode())]
    if answer.status != 200 or not any(abs(number - score) < 1e-9 for number in numbers):
        raise SystemExit(f"{server.contender.name} answers {name} wrongly: {answer.status} {answer.body[:300]!r}")


def _numbers(text: str) -> list[str]:
    marks = str.maketrans(dict.fromkeys('[]{}:,"\n', " "))
    return [word for word in text.translate(marks).split() if word.replace(".", "").replace("e-", "").isdigit()]


def _many_models(chosen: Sequence[Server]) -> dict[str, MultiModel]:
    found: dict[str, MultiModel] = {}
    for server in chosen:
        name = server.contender.name
        if name == OURS:
            found[name] = measure(server.contender, str(server.contender.model), 200)
        elif name == MULTI_MODEL_PEER:
            found[name] = measure(server.contender, "bench", 3)
    return found


def _contract(server: Server) -> dict[str, bool]:
    print(f"{server.contender.name}: the contract …", file=sys.stderr)
    held: dict[str, bool] = {}
    for rule in RULES:
        try:
            rule.check(server.contender)
        except Exception:
            held[rule.sentence] = False
        else:
            held[rule.sentence] = True
    return held


def _write(results: Results) -> None:
    folder = BENCHMARKS / "results"
    folder.mkdir(exist_ok=True)
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    text = report(results, date, ours=OURS)
    (folder / f"{date}.md").write_text(text)
    (folder / f"{date}.json").write_text(json.dumps(results.document(), indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
