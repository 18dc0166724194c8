"""The search for hyperparameters: which of its training jobs did best."""

from demo.questions.deployment import Answered, Deployment, Question


def ask_for_the_best(deployed: Deployment) -> Answered:
    """What was tried, and which values won."""
    sagemaker = deployed.client("sagemaker")
    name = deployed.outputs["TuningJobName"]
    described = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    best = described["BestTrainingJob"]
    metric = best["FinalHyperParameterTuningJobObjectiveMetric"]
    tuned = ", ".join(f"{key} {float(value):.3g}" for key, value in sorted(best["TunedHyperParameters"].items()))
    return Answered(
        kind="tuning",
        endpoint=name,
        asked=f"{described['ObjectiveStatusCounters']['Succeeded']} training jobs",
        answered=f"{metric['MetricName']} {metric['Value']:.4f} with {tuned}",
    )


QUESTIONS = (Question("search for hyperparameters", "tuning", ask_for_the_best, needs="TuningJobName"),)
