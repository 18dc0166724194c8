"""What people said of digits, and what a model learned of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rich.console import Console
from rich.table import Table

from demo.account import Account
from demo.deployment import split_url
from demo.people.portal import WORKER as AT_THE_PORTAL

_WORDS = {
    "LabelStudio": ("Label Studio", "bob, in a browser"),
    "GroundTruth": ("Ground Truth", f"{AT_THE_PORTAL}, at the portal"),
}
_FEW = 20
"""The labels of which the training makes a model first."""
_HELD_OUT = 1_697
"""The digits of the data set that nobody labels."""


@dataclass(frozen=True)
class Labeled:
    """The labels of one engine, and the models of few and of all of them: how many digits each reads, of 1."""

    engine: str
    manifest: str
    labels: int
    right: int
    few: float
    all: float

    @staticmethod
    def read(account: Account, engine: str, url: str, job: str, truth: Mapping[str, str]) -> "Labeled":
        """From the augmented manifest at ``url``, and the training ``job``."""
        bucket, key = split_url(url)
        body: bytes = account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        lines = [json.loads(line) for line in body.splitlines()]
        right = sum(str(each["label"]) == truth[PurePosixPath(each["source-ref"]).name] for each in lines)
        told = account.client("sagemaker").describe_training_job(TrainingJobName=job)["FinalMetricDataList"]
        metrics = {each["MetricName"]: float(each["Value"]) for each in told}
        return Labeled(engine, url, len(lines), right, metrics["few"], metrics["all"])


def print_results(console: Console, results: Sequence[Labeled], state: Path) -> None:
    """The table at the end, and where to look next."""
    table = Table(title="Digits that people labeled", title_justify="left", title_style="bold")
    for name in ("engine", "who answered", "labels", f"model of {_FEW}", "model of all"):
        table.add_column(name, justify="right" if name.startswith("model") else "left")
    for each in results:
        engine, who = _WORDS[each.engine]
        labels = f"{each.labels}, {each.right} right"
        table.add_row(engine, who, labels, f"{each.few:.1%}", f"[bold]{each.all:.1%}[/]")
    console.print()
    console.print(table)
    console.print(
        f"Each model has read {_HELD_OUT:,} digits that nobody labeled: so many of them are right.\n"
        "One training makes both, of the first labels alone and of all, from the same channel.\n"
    )
    console.print("[bold]Where to look next[/]")
    rows = {
        f"{state}/what-bob-saw.png": "the page of Label Studio, with the first digit",
        "demo/people/app.py": "the app: one construct for both engines, and one channel",
        "constructs/sagemaker_constructs/labeling/README.md": "what it takes in an account of AWS",
    }
    rows |= {each.manifest: f"the labels of {_WORDS[each.engine][0]}, a digit on each line" for each in results}
    for place, words in rows.items():
        console.print(f"  {place}\n                     {words}", soft_wrap=True)
