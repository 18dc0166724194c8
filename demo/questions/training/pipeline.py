"""The training pipeline: from rows to a version in the registry, its approval, and the endpoint that follows."""

from demo.deployment import Answered, Deployment, Question
from demo.executions import cancer_rows, run, steps_of, until_ended
from demo.failure import DemoFailure
from demo.held_out import answers_in, as_csv, right

_TOO_MUCH = "1.01"
"""An area under the curve that no model has."""


def ask_the_pipeline(deployed: Deployment) -> Answered:
    """Rows that arrive start it, and a good model is registered; asked for too much, cached steps end in a reason."""
    name = deployed.outputs["PipelineName"]
    key = f"{deployed.outputs['RowsPrefix']}/rows.csv"
    deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key=key, Body=cancer_rows())
    first = _started_by_rows(deployed, name)
    steps = steps_of(deployed, first)
    if "Register" not in steps:
        reasons = "; ".join(f"{each['StepName']}: {each.get('FailureReason')}" for each in steps.values())
        raise DemoFailure(f"the pipeline registered nothing: {reasons}")
    version = steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    tried = steps_of(deployed, run(deployed, name, **{**_values(deployed, first), "MinimumAuc": _TOO_MUCH}))
    cached = sum("CacheHitResult" in each for each in tried.values())
    reason = tried["TooWeak"]["FailureReason"]
    return Answered(
        kind="retraining",
        endpoint=name,
        asked="569 rows, whose arrival started it; then the same with too much to ask",
        answered=f"{' → '.join(steps)}; then {cached} steps from the cache, and: {reason}; "
        f"approved, version {version.rsplit('/', 1)[1]} is live: {_approved(deployed, version)}",
    )


def _started_by_rows(deployed: Deployment, name: str) -> str:
    """The ARN of the execution that the rows have started, and that has ended."""
    sagemaker = deployed.client("sagemaker")

    def started() -> str | None:
        listed = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
        return listed[0]["PipelineExecutionArn"] if listed else None

    execution = deployed.wait_for(f"an execution of {name} for the rows that arrived", started)
    return until_ended(deployed, name, execution)


def _values(deployed: Deployment, execution: str) -> dict[str, str]:
    listed = deployed.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=execution)
    return {each["Name"]: each["Value"] for each in listed["PipelineParameters"]}


def _approved(deployed: Deployment, version: str) -> str:
    """What the real-time endpoint answers, once it serves the version that is approved here."""
    sagemaker = deployed.client("sagemaker")
    endpoint = deployed.account.output("real-time", "EndpointName")
    sagemaker.update_model_package(ModelPackageArn=version, ModelApprovalStatus="Approved")

    def follows() -> bool | None:
        described = sagemaker.describe_endpoint(EndpointName=endpoint)
        config = sagemaker.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
        model = sagemaker.describe_model(ModelName=config["ProductionVariants"][0]["ModelName"])
        served = model.get("PrimaryContainer", {}).get("ModelPackageName")
        return True if (served, described["EndpointStatus"]) == (version, "InService") else None

    deployed.wait_for(f"the deployment of {version}", follows)
    response = deployed.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Accept="application/json", Body=as_csv(deployed.rows)
    )
    return right(answers_in(response["Body"].read(), deployed.rows))


QUESTIONS = (Question("training pipeline", "training-pipeline", ask_the_pipeline, needs="PipelineName", last=True),)
