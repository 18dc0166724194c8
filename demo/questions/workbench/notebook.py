"""The notebook instance: what it is, and that a person who opens it can work there with the platform's data."""

import json
import urllib.request
from typing import Any

from demo.deployment import Answered, Deployment, Question
from demo.failure import DemoFailure


def ask_the_notebook(deployed: Deployment) -> Answered:
    """It is opened as a person opens it: its server starts a kernel, and shows the bucket for data as a folder."""
    name = deployed.outputs["NotebookName"]
    sagemaker = deployed.client("sagemaker")
    told = sagemaker.describe_notebook_instance(NotebookInstanceName=name)
    if told["NotebookInstanceStatus"] != "InService":
        raise DemoFailure(
            f"The notebook instance {name} is {told['NotebookInstanceStatus']}: {told.get('FailureReason')}"
        )
    url = sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName=name)["AuthorizedUrl"]
    kernel = _ask(url, "api/kernels", {"name": "python3"})
    try:
        folders = [each["name"] for each in _ask(url, "api/contents/data")["content"]]
    finally:
        _ask(url, f"api/kernels/{kernel['id']}", method="DELETE")
    if not folders:
        raise DemoFailure(f"The notebook instance {name} shows nothing of the bucket {deployed.data_bucket}.")
    root, internet = told["RootAccess"].lower(), told["DirectInternetAccess"].lower()
    answered = (
        f"{told['InstanceType']} with {told['VolumeSizeInGB']} GB, root {root}, internet {internet}; a kernel of "
        f"{kernel['name']} started, beside the data as files"
    )
    return Answered(kind="notebook", endpoint=name, asked="to be opened, by its presigned URL", answered=answered)


def _ask(url: str, path: str, body: object = None, method: str | None = None) -> Any:
    """What the server behind a presigned URL answers."""
    address, _, token = url.partition("?token=")
    request = urllib.request.Request(
        f"{address.rstrip('/')}/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"token {token}", "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


QUESTIONS = (Question("notebook", "notebook", ask_the_notebook, needs="NotebookName"),)
