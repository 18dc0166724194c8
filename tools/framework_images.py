"""Writes the table of AWS-owned framework images from the data of the installed SageMaker Python SDK.

Run it with the development requirements installed, from the project's folder: `python tools/framework_images.py`.
"""

import json
from collections.abc import Iterator
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import botocore.loaders

TABLE = Path("constructs/sagemaker_constructs/images/framework_images.json")

# Name in the SDK: name here, which is the one that AWS's documentation uses.
FRAMEWORKS = {
    "autogluon": "autogluon",
    "huggingface": "huggingface",
    "huggingface-llm": "huggingface-llm",
    "mxnet": "mxnet",
    "pytorch": "pytorch",
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow",
    "xgboost": "xgboost",
    "blazingtext": "blazingtext",
    "factorization-machines": "factorization-machines",
    "forecasting-deepar": "deepar",
    "image-classification": "image-classification",
    "ipinsights": "ip-insights",
    "kmeans": "k-means",
    "knn": "knn",
    "lda": "lda",
    "linear-learner": "linear-learner",
    "ntm": "ntm",
    "object-detection": "object-detection",
    "object2vec": "object2vec",
    "pca": "pca",
    "randomcutforest": "random-cut-forest",
    "semantic-segmentation": "semantic-segmentation",
    "data-wrangler": "data-wrangler",
    "seq2seq": "seq2seq",
    "clarify": "clarify",
    "model-monitor": "model-monitor",
}
SCOPES = {
    "training": "training",
    "inference": "inference",
    "inference_graviton": "graviton",
    "processing": "processing",
    "monitoring": "processing",
}
# Older images run Python versions without security updates, and some need rules of their own.
OLDEST = {"tensorflow": (2, 8), "pytorch": (1, 12), "mxnet": (1, 9), "huggingface": (4, 17)}

Entry = dict[str, Any]


def main() -> None:
    """Write the table."""
    registries: list[dict[str, str]] = []
    frameworks: dict[str, dict[str, dict[str, Entry]]] = {}
    for sdk_name, name in sorted(FRAMEWORKS.items(), key=lambda names: names[1]):
        config = json.loads(_sdk_folder().joinpath(f"{sdk_name}.json").read_text(encoding="utf-8"))
        for sdk_scope, scope in SCOPES.items():
            scoped = config if sdk_scope in config.get("scope", []) else config.get(sdk_scope)
            if scoped is None:
                continue
            for number, entry in _entries(sdk_name, scope, scoped):
                accounts = dict(sorted(entry["registries"].items()))
                if accounts not in registries:
                    registries.append(accounts)
                entry["registries"] = registries.index(accounts)
                frameworks.setdefault(name, {}).setdefault(scope, {})[number] = entry
    table = {
        "source": f"sagemaker-core {version('sagemaker-core')}",
        "domains": _domains({region for accounts in registries for region in accounts}),
        "registries": registries,
        "frameworks": frameworks,
    }
    TABLE.write_text(json.dumps(table, separators=(",", ":"), sort_keys=False) + "\n", encoding="utf-8")


def _sdk_folder() -> Path:
    package = distribution("sagemaker-core")
    [first] = [
        file for file in package.files or [] if file.name == "xgboost.json" and "image_uri_config" in file.parts
    ]
    return Path(str(package.locate_file(first))).parent


def _entries(framework: str, scope: str, scoped: Entry) -> Iterator[tuple[str, Entry]]:
    """Yield each version and each alias of a framework's scope."""
    numbers = {number: number for number in scoped["versions"]} | scoped.get("version_aliases", {})
    for number, full_number in numbers.items():
        if _is_older(number, OLDEST.get(framework, (0,))):
            continue
        config = scoped["versions"][full_number]
        processors: list[str] = scoped.get("processors") or config.get("processors") or []
        if framework == "huggingface":
            bases = {base: base for base in config if base != "version_aliases"} | config.get("version_aliases", {})
            for base, full_base in bases.items():
                # The tag's own words name the pair: framework and version, then the version of transformers.
                yield (
                    f"{base}-transformers{number}",
                    _entry(config[full_base], processors, prefix=f"{_digits(base)}-transformers{full_number}"),
                )
        elif scope == "graviton" and framework in ("xgboost", "sklearn"):
            suffix = "" if framework == "xgboost" else "-cpu-py3"
            yield number, {**_entry(config, [], prefix=f"{number}-arm64{suffix}"), "python": []}
        else:
            suffix = "-sagemaker" if scope == "graviton" else ""
            yield number, _entry(config, processors, prefix=config.get("tag_prefix", number), suffix=suffix)


def _entry(config: Entry, processors: list[str], *, prefix: str, suffix: str = "") -> Entry:
    return {
        "repository": config["repository"],
        "registries": config["registries"],
        "python": config.get("py_versions") or [],
        "processors": processors,
        "prefix": prefix,
        "suffixes": {processor: ending + suffix for processor, ending in config.get("container_version", {}).items()},
    }


def _digits(base: str) -> str:
    return base.removeprefix("pytorch").removeprefix("tensorflow")


def _is_older(number: str, oldest: tuple[int, ...]) -> bool:
    parts = tuple(int(part) for part in number.split(".") if part.isdigit())
    return bool(parts) and parts < oldest[: len(parts)]


def _domains(regions: set[str]) -> dict[str, str]:
    """Return the registry domain of every region outside the largest partition."""
    loader: Any = botocore.loaders.Loader()
    partitions: list[Entry] = loader.load_data("endpoints")["partitions"]
    domains: dict[str, str] = {
        region: partition["dnsSuffix"]
        for partition in partitions
        for region in sorted(regions)
        if region in partition["regions"]
    }
    return {region: domain for region, domain in sorted(domains.items()) if domain != "amazonaws.com"}


if __name__ == "__main__":
    main()
