"""What templates ask for, by the names of SageMaker's quotas."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.doctor.assemblies import named, write_assembly
from sagemaker_constructs.doctor.instance_needs import SERVERLESS, QuotaNeed, instance_needs
from sagemaker_constructs.doctor.planned_deployment import PlannedDeployment


def _needs(folder: Path, **resources: Any) -> Mapping[str, QuotaNeed]:
    [planned] = PlannedDeployment.read(write_assembly(folder / "cdk.out", {"churn": resources}))
    return {need.name: need for need in instance_needs(planned)}


def _endpoint(config: str, **deployment: Any) -> Mapping[str, Any]:
    return named("SageMaker::Endpoint", EndpointConfigName={"Ref": config}, DeploymentConfig=deployment)


def _config(kind: str, count: int, **other: Any) -> Mapping[str, Any]:
    variant = {"VariantName": "main", "InstanceType": kind, "InitialInstanceCount": count, **other}
    return named("SageMaker::EndpointConfig", ProductionVariants=[variant])


def _target(endpoint: str, most: int) -> Mapping[str, Any]:
    resource = {"Fn::Join": ["", ["endpoint/", {"Fn::GetAtt": [endpoint, "EndpointName"]}, "/variant/main"]]}
    return named("ApplicationAutoScaling::ScalableTarget", ResourceId=resource, MinCapacity=1, MaxCapacity=most)


def _job(request: Mapping[str, Any], kind: str = "TrainingJob") -> Mapping[str, Any]:
    return {"Type": f"Custom::SageMaker{kind}", "Properties": {"Kind": kind, "Request": json.dumps(request)}}


def _cluster(kind: str, count: int) -> Mapping[str, Any]:
    return {"InstanceType": kind, "InstanceCount": count}


def test_endpoints_add_up_and_an_update_starts_the_largest_again(tmp_path: Path) -> None:
    needs = _needs(
        tmp_path,
        First=_config("ml.m5.large", 2),
        Api=_endpoint("First"),
        Second=_config("ml.m5.large", 1),
        Scaled=_endpoint("Second"),
        Target=_target("Scaled", 4),
    )
    need = needs["ml.m5.large for endpoint usage"]
    assert (need.first, need.most, need.updating, need.needed) == (3, 6, 4, 10)
    assert need.in_words == "3 at first, 6 scaled, 4 more while one is updated"
    assert needs["Number of instances across active endpoints"].needed == 10


def test_a_rolling_update_starts_a_batch(tmp_path: Path) -> None:
    def rolling(kind: str, value: int) -> Mapping[str, Any]:
        return {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": kind, "Value": value}}}

    config = _config("ml.m5.large", 8)
    for batch, updating in ((rolling("INSTANCE_COUNT", 2), 2), (rolling("CAPACITY_PERCENT", 30), 3)):
        needs = _needs(tmp_path, Config=config, Api=_endpoint("Config", **batch))
        assert needs["ml.m5.large for endpoint usage"].updating == updating


def test_concurrency_of_serverless_endpoints_adds_up(tmp_path: Path) -> None:
    def serverless(most: int) -> Mapping[str, Any]:
        settings = {"MemorySizeInMB": 2048, "MaxConcurrency": most}
        return named("SageMaker::EndpointConfig", ProductionVariants=[{"ServerlessConfig": settings}])

    assert _needs(tmp_path, A=serverless(5), B=serverless(20))[SERVERLESS].needed == 25


def test_the_largest_job_counts_and_spot_and_warm_pools_have_quotas_of_their_own(tmp_path: Path) -> None:
    needs = _needs(
        tmp_path,
        Small=_job({"ResourceConfig": _cluster("ml.m5.large", 1)}),
        Large=_job({"ResourceConfig": _cluster("ml.m5.large", 3)}),
        Spot=_job({"EnableManagedSpotTraining": True, "ResourceConfig": _cluster("ml.g5.xlarge", 2)}),
        Warm=_job({"ResourceConfig": {**_cluster("ml.c5.large", 1), "KeepAlivePeriodInSeconds": 600}}),
    )
    training = needs["ml.m5.large for training job usage"]
    assert (training.needed, training.together) == (3, 4)
    assert training.in_words == "3 to run, 4 if all jobs ran at once"
    assert needs["ml.g5.xlarge for spot training job usage"].needed == 2
    assert "ml.g5.xlarge for training job usage" not in needs
    assert needs["ml.c5.large for training warm pool usage"].needed == 1


def test_a_tuning_job_runs_several_trainings_at_a_time(tmp_path: Path) -> None:
    limits = {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 4}
    request = {
        "HyperParameterTuningJobConfig": {"ResourceLimits": limits},
        "TrainingJobDefinition": {"ResourceConfig": _cluster("ml.m5.large", 2)},
    }
    needs = _needs(tmp_path, Tuning=_job(request, "HyperParameterTuningJob"))
    assert needs["ml.m5.large for training job usage"].needed == 8


def test_jobs_of_pipelines_schedules_states_and_functions_count(tmp_path: Path) -> None:
    steps = [
        {
            "Name": "a",
            "Type": "Processing",
            "Arguments": {"ProcessingResources": {"ClusterConfig": _cluster("ml.a", 1)}},
        },
        {
            "Name": "b",
            "Type": "Condition",
            "Arguments": {
                "IfSteps": [{"Name": "c", "Type": "Training", "Arguments": {"ResourceConfig": _cluster("ml.b", 2)}}]
            },
        },
    ]
    states = {
        "States": {
            "Go": {
                "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync",
                "Parameters": {"TransformResources": _cluster("ml.c", 3)},
            }
        }
    }
    schedule = {
        "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob",
        "Input": json.dumps({"ResourceConfig": _cluster("ml.d", 4)}),
    }
    variables = {"REQUEST": json.dumps({"ResourceConfig": _cluster("ml.e", 5)}), "NAME": "no request"}
    needs = _needs(
        tmp_path,
        Pipeline=named(
            "SageMaker::Pipeline", PipelineDefinition={"PipelineDefinitionBody": json.dumps({"Steps": steps})}
        ),
        Machine=named("StepFunctions::StateMachine", DefinitionString=json.dumps(states)),
        Schedule=named("Scheduler::Schedule", Target=schedule),
        Function=named("Lambda::Function", Environment={"Variables": variables}),
    )
    assert {name: need.needed for name, need in needs.items() if name.startswith("ml.")} == {
        "ml.a for processing job usage": 1,
        "ml.b for training job usage": 2,
        "ml.c for transform job usage": 3,
        "ml.d for training job usage": 4,
        "ml.e for training job usage": 5,
    }


def test_studio_takes_an_application_for_each_user(tmp_path: Path) -> None:
    settings = {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}}
    needs = _needs(
        tmp_path,
        Domain=named("SageMaker::Domain", DefaultUserSettings=settings),
        Ann=named("SageMaker::UserProfile", UserProfileName="ann"),
        Bob=named("SageMaker::UserProfile", UserProfileName="bob"),
        Notebook=named("SageMaker::NotebookInstance", InstanceType="ml.t3.large"),
    )
    assert needs["Studio JupyterLab Apps running on ml.t3.medium instances"].needed == 2
    assert needs["ml.t3.large for notebook instance usage"].needed == 1
