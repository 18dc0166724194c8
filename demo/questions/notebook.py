"""The notebook instance: whether it is there, and what stops it."""

from demo.questions.deployment import Answered, Deployment, Question


def ask_the_notebook(deployed: Deployment) -> Answered:
    """What SageMaker says of the instance. The embedded AWS records it; no JupyterLab runs there."""
    name = deployed.outputs["NotebookName"]
    told = deployed.client("sagemaker").describe_notebook_instance(NotebookInstanceName=name)
    root, internet = told["RootAccess"].lower(), told["DirectInternetAccess"].lower()
    answered = f"{told['InstanceType']} with {told['VolumeSizeInGB']} GB, root {root}, internet {internet}"
    return Answered(kind="notebook", endpoint=name, asked="what it may do", answered=answered)


QUESTIONS = (Question("notebook", "notebook", ask_the_notebook, needs="NotebookName"),)
