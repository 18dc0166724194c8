"""The notebook instance: what it is, and what its people may do."""

from base64 import b64decode
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure


def ask_the_notebook(deployed: Deployment) -> Answered:
    """What SageMaker says of it and its lifecycle. The embedded AWS records both; no JupyterLab runs there."""
    name = deployed.outputs["NotebookName"]
    sagemaker = deployed.client("sagemaker")
    told = sagemaker.describe_notebook_instance(NotebookInstanceName=name)
    if told["NotebookInstanceStatus"] != "InService":
        raise DemoFailure(f"The notebook instance {name} is {told['NotebookInstanceStatus']}.")
    if not _starts_with_bash(sagemaker, told["NotebookInstanceLifecycleConfigName"]):
        raise DemoFailure(f"The lifecycle of {name} is no script of bash.")
    root, internet = told["RootAccess"].lower(), told["DirectInternetAccess"].lower()
    answered = f"{told['InstanceType']} with {told['VolumeSizeInGB']} GB, root {root}, internet {internet}"
    return Answered(kind="notebook", endpoint=name, asked="what it may do", answered=answered)


def _starts_with_bash(sagemaker: Any, lifecycle: str) -> bool:
    """Whether what runs at each start of the instance arrived as it was composed."""
    told = sagemaker.describe_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=lifecycle)
    [hook] = told["OnStart"]
    return b64decode(hook["Content"]).startswith(b"#!/bin/bash\nset -euo pipefail\n")


QUESTIONS = (Question("notebook", "notebook", ask_the_notebook, needs="NotebookName"),)
