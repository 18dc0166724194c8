"""The registry: which version is live, and how it came to be."""

from demo.deployment import Answered, Deployment, Question

_MOVE = "move#"


def ask_the_registry(deployed: Deployment) -> Answered:
    """The versions of the group, and the one that endpoints follow."""
    sagemaker = deployed.client("sagemaker")
    group = deployed.outputs["ModelPackageGroup"]
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    parameter = deployed.client("ssm").get_parameter(Name=deployed.outputs["ApprovedParameter"])["Parameter"]
    live = parameter["Value"].rsplit("/", 1)[1]
    states = ", ".join(f"{each['ModelPackageVersion']} {each['ModelApprovalStatus'].lower()}" for each in listed)
    moves = _moves(deployed, deployed.outputs["ApprovalTable"])
    told = f"version {live}; there are: {states}; the live version has moved {moves} times"
    return Answered(kind="registry", endpoint=group, asked="which version is live", answered=told)


def _moves(deployed: Deployment, table: str) -> int:
    """How often the pointer to the live version has moved.

    An approval moves it, and so do a rejection and a rollback.
    """
    pages = deployed.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return sum(item["Entry"]["S"].startswith(_MOVE) for page in pages for item in page["Items"])


QUESTIONS = (Question("registry", "registry", ask_the_registry, needs="ModelPackageGroup"),)
