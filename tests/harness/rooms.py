"""What does not keep the rules of tests/policy/test_rooms.py, or not yet. These tables only shrink."""

MODULES_PER_FOLDER = 15

_ENTRY = "an entry point, named by what starts it"
_SHARED = "read by several modules of its folder that do not import each other"

SHORT = {
    "benchmarks/automl/on_cpu_time.py": "a program: it replaces the clock before anything else is imported",
    "benchmarks/bench/environments.py": "both comparisons set their peers up with it",
    "benchmarks/bench/machine.py": "both reports say what they were measured on",
    "benchmarks/bench/processes.py": _SHARED,
    "benchmarks/conformance/failing_model.py": "a program: the model that fails",
    "benchmarks/conformance/rules.py": "the list of all rules",
    "benchmarks/peers/bentoml/serve.py": _ENTRY,
    "benchmarks/peers/scorer.py": "what every peer serves",
    "benchmarks/synth/apps/empty.py": "a program: the app that others are compared with",
    "constructs/sagemaker_constructs/jobs/json_text.py": _SHARED,
    "examples/watched_endpoint/app.py": "a program: its point is that it is short",
    "constructs/sagemaker_constructs/serving/scaling/wake_up.py": _SHARED,
    "constructs/sagemaker_constructs/storage/volume_encryption.py": _SHARED,
    "containers/jobs/jobs/clients.py": _SHARED,
    "containers/jobs/jobs/documents.py": _SHARED,
    "containers/jobs/jobs/data/split.py": _SHARED,
    "containers/pytorch/pytorch/artifact.py": "training writes it, serving reads it",
    "containers/pytorch/pytorch/serve.py": _ENTRY,
    "containers/tabular/tabular/artifact.py": "training writes it, serving reads it",
    "demo/questions/serving/serverless.py": "one question for each way of serving",
    "emulator/services/clock.py": _SHARED,
    "tools/images/base.py": "the first of the steps that build an image",
    "tools/images/build.py": "the second of the steps that build an image",
    "tools/images/host_settings.py": _SHARED,
}
"""Module without a public class: why it stands alone."""
