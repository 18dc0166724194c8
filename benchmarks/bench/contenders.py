"""Every server of the comparison: how it is started, and how a client sends it rows."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.environments import python_of
from bench.models import Models
from conformance.container import Contender

BENCHMARKS = Path(__file__).resolve().parent.parent
PROJECT = BENCHMARKS.parent
PEERS = BENCHMARKS / "peers"
OURS = "ours"
SAMPLE = "nginx + gunicorn + Flask"


@dataclass(frozen=True)
class Call:
    """One request that is sent again and again."""

    path: str
    content_type: str
    body: str


@dataclass(frozen=True)
class Server:
    """A contender with one of the models, and the calls it knows: of `csv`, `json`, `csv-1000`."""

    contender: Contender
    calls: Mapping[str, Call]
    versions: str


def servers(models: Models, model: str, *, our_python: Path, environments: Path) -> list[Server]:
    """Ours and its peers, each with this model."""
    csv, many, rows = models.csv(1), models.csv(1000), {"instances": models.rows[:1]}
    rest = {
        "csv": Call("/invocations", "text/csv", csv),
        "json": Call("/invocations", "application/json", json.dumps(rows)),
        "csv-1000": Call("/invocations", "text/csv", many),
    }
    tensor = {"name": "rows", "shape": [1, len(models.rows[0])], "datatype": "FP64", "data": models.rows[0]}
    inference = Call("/v2/models/bench/infer", "application/json", json.dumps({"inputs": [tensor]}))

    def peer(
        name: str, folder: str, calls: Mapping[str, Call], packages: Sequence[str], health: str = "/ping"
    ) -> Server:
        lock = PEERS / folder / "requirements.txt"
        python = python_of(lock, environments)
        command = [str(python), str(PEERS / folder / "serve.py")]
        environment = {
            **_common(),
            "PYTHONPATH": f"{PEERS}:{PEERS / folder}",
            "MODEL": str(models.pickled(model)),
            "BENTOML_DO_NOT_TRACK": "true",
        }
        broken = {"MODEL": str(models.folder / "nowhere.joblib")}
        failing = {"MODEL": str(models.folder / "failing.joblib")}
        contender = Contender(
            name,
            command,
            environment,
            row=csv,
            broken=broken,
            failing=failing,
            model=Path("bench"),
            health=health,
        )
        return Server(contender, calls, _pinned(lock, packages))

    json_only = {"json": rest["json"]}
    return [
        replace(_ours(models, model, our_python, csv), calls=rest),
        peer(SAMPLE, "flask_sample", rest, ("flask", "gunicorn", "gevent", "pandas")),
        peer(
            "multi-model-server + sagemaker-inference",
            "multi_model_server",
            # Its default decoder takes a bare list of rows.
            {**rest, "json": replace(rest["json"], body=json.dumps(models.rows[:1]))},
            ("multi-model-server", "sagemaker-inference"),
        ),
        peer("MLServer", "mlserver", {"json": inference}, ("mlserver",), "/v2/health/ready"),
        peer("LitServe", "litserve", json_only, ("litserve",)),
        peer("BentoML", "bentoml", json_only, ("bentoml",), "/readyz"),
    ]


def _ours(models: Models, model: str, python: Path, row: str) -> Server:
    containers = PROJECT / "containers"
    base = models.base(model)
    environment = {
        **_common(),
        "PYTHONPATH": f"{containers / 'tabular'}:{containers / 'serving'}:{containers / 'jobs'}:{BENCHMARKS}",
        "SAGEMAKER_BASE_DIR": str(base),
    }
    command = [str(python), "-m", *(("tabular", "serve") if model == "lightgbm" else ("served.linear",))]
    contender = Contender(
        OURS,
        command,
        environment,
        row=row,
        broken={"SAGEMAKER_BASE_DIR": str(models.folder / "nowhere")},
        failing={"SAGEMAKER_BASE_DIR": str(models.base("failing"))},
        model=base / "models" / "one",
    )
    return Server(
        contender, {}, _pinned(containers / "tabular" / "requirements.txt", ("granian", "orjson", "pysimdjson"))
    )


def _common() -> dict[str, str]:
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    java = {"JAVA_HOME": os.environ["JAVA_HOME"]} if "JAVA_HOME" in os.environ else {}
    return {
        **one_thread,
        **java,
        "SAGEMAKER_BIND_TO_PORT": "PORT",
        "SERVING_BIND_HOST": "127.0.0.1",
        "MODEL_SERVER_WORKERS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _pinned(lock: Path, packages: Sequence[str]) -> str:
    lines = (line.split() for line in lock.read_text().splitlines())
    pins = {words[0].partition("==")[0]: words[0].replace("==", " ") for words in lines if words and "==" in words[0]}
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    return ", ".join([*(pins[package] for package in packages), python])
