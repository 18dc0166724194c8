"""The search for hyperparameters: which of its training jobs did best."""

from demo.deployment import Answered, Deployment, Question


def ask_for_the_best(deployed: Deployment) -> Answered:
    """What was tried, from worst to best, and which values won."""
    sagemaker = deployed.client("sagemaker")
    name = deployed.outputs["TuningJobName"]
    listed = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending", MaxResults=100
    )
    trained = listed["TrainingJobSummaries"]
    best = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)["BestTrainingJob"]
    worst = trained[0]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    metric = best["FinalHyperParameterTuningJobObjectiveMetric"]
    described = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    bucket, _, key = described["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    kilobytes = deployed.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] / 1000
    tuned = ", ".join(f"{key} {float(value):.3g}" for key, value in sorted(best["TunedHyperParameters"].items()))
    return Answered(
        kind="tuning",
        endpoint=name,
        asked=f"{len(trained)} training jobs",
        answered=f"{metric['MetricName']} from {worst:.4f} to {metric['Value']:.4f}; "
        f"the best has {tuned} and a model of {kilobytes:.0f} kB",
    )


QUESTIONS = (Question("search for hyperparameters", "tuning", ask_for_the_best, needs="TuningJobName"),)
