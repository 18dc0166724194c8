"""Kinds of SageMaker resources whose life differs from the ordinary one."""

from typing import Any

from harness.aws_clients import ROLE, refused, wait_for


def _in_service(sagemaker: Any, name: str) -> Any:
    return wait_for(
        lambda: sagemaker.describe_notebook_instance(NotebookInstanceName=name),
        lambda told: told["NotebookInstanceStatus"] != "Pending",
    )


def test_notebook_is_stopped_before_it_changes(sagemaker: Any) -> None:
    sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName="on-start")
    sagemaker.create_notebook_instance(
        NotebookInstanceName="notebook",
        InstanceType="ml.t3.medium",
        RoleArn=ROLE,
        SecurityGroupIds=["sg-1"],
        SubnetId="subnet-1",
        LifecycleConfigName="on-start",
    )
    described = _in_service(sagemaker, "notebook")
    assert described["SecurityGroups"] == ["sg-1"]
    assert described["NotebookInstanceLifecycleConfigName"] == "on-start"
    assert (
        "Status (InService) not in ([Stopped, Failed])"
        in refused(sagemaker.delete_notebook_instance, NotebookInstanceName="notebook")[1]
    )
    sagemaker.stop_notebook_instance(NotebookInstanceName="notebook")
    sagemaker.update_notebook_instance(
        NotebookInstanceName="notebook", InstanceType="ml.t3.large", DisassociateLifecycleConfig=True
    )
    sagemaker.start_notebook_instance(NotebookInstanceName="notebook")
    described = _in_service(sagemaker, "notebook")
    assert (described["InstanceType"], described["NotebookInstanceStatus"]) == ("ml.t3.large", "InService")
    assert "NotebookInstanceLifecycleConfigName" not in described


def test_workteam_is_described_inside_its_member(sagemaker: Any) -> None:
    pool = {"UserPool": "us-east-1_abc", "ClientId": "client"}
    sagemaker.create_workforce(WorkforceName="force", CognitoConfig=pool)
    members = [{"CognitoMemberDefinition": {**pool, "UserGroup": "group"}}]
    sagemaker.create_workteam(
        WorkteamName="team", WorkforceName="force", Description="labels", MemberDefinitions=members
    )
    team = sagemaker.describe_workteam(WorkteamName="team")["Workteam"]
    assert team["MemberDefinitions"] == members
    assert team["WorkforceArn"] == sagemaker.describe_workforce(WorkforceName="force")["Workforce"]["WorkforceArn"]
    assert [each["WorkteamName"] for each in sagemaker.list_workteams(NameContains="team")["Workteams"]] == ["team"]
    assert "uses it" in refused(sagemaker.delete_workforce, WorkforceName="force")[1]
    sagemaker.delete_workteam(WorkteamName="team")
    sagemaker.delete_workforce(WorkforceName="force")


def test_model_packages_are_numbered_in_their_group(sagemaker: Any) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="numbered")
    arns = [sagemaker.create_model_package(ModelPackageGroupName="numbered")["ModelPackageArn"] for _ in range(2)]
    assert [arn.split("/", 1)[1] for arn in arns] == ["numbered/1", "numbered/2"]
    sagemaker.update_model_package(ModelPackageArn=arns[0], ModelApprovalStatus="Approved")
    described = sagemaker.describe_model_package(ModelPackageName=arns[0])
    assert (described["ModelPackageVersion"], described["ModelApprovalStatus"]) == (1, "Approved")
    approved = sagemaker.list_model_packages(ModelPackageGroupName="numbered", ModelApprovalStatus="Approved")
    assert [each["ModelPackageArn"] for each in approved["ModelPackageSummaryList"]] == arns[:1]
    assert "uses it" in refused(sagemaker.delete_model_package_group, ModelPackageGroupName="numbered")[1]


def test_profiles_belong_to_a_domain(sagemaker: Any) -> None:
    domain = sagemaker.create_domain(
        DomainName="studio",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": ROLE},
        SubnetIds=["subnet-1"],
        VpcId="vpc-1",
    )
    domain_id = domain["DomainArn"].split("/")[1]
    assert domain_id.startswith("d-")
    sagemaker.create_user_profile(DomainId=domain_id, UserProfileName="ann")
    assert sagemaker.describe_user_profile(DomainId=domain_id, UserProfileName="ann")["Status"] == "InService"
    assert (
        refused(sagemaker.create_user_profile, DomainId="d-nobody", UserProfileName="ann")[0] == "ValidationException"
    )
    assert refused(sagemaker.delete_domain, DomainId=domain_id)[0] == "ResourceInUse"
    sagemaker.delete_user_profile(DomainId=domain_id, UserProfileName="ann")
    sagemaker.delete_domain(DomainId=domain_id)


def test_feature_group_grows(sagemaker: Any) -> None:
    features = [{"FeatureName": name, "FeatureType": "String"} for name in ("id", "at")]
    sagemaker.create_feature_group(
        FeatureGroupName="features",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=features,
        OnlineStoreConfig={"EnableOnlineStore": True},
    )
    added = {"FeatureName": "age", "FeatureType": "Integral"}
    sagemaker.update_feature_group(FeatureGroupName="features", FeatureAdditions=[added])
    described = sagemaker.describe_feature_group(FeatureGroupName="features")
    assert described["FeatureDefinitions"] == [*features, added]
    assert described["FeatureGroupStatus"] == "Created"


def test_image_versions_count_up(sagemaker: Any) -> None:
    sagemaker.create_image(ImageName="studio-image", RoleArn=ROLE)
    for _ in range(2):
        sagemaker.create_image_version(ImageName="studio-image", BaseImage="base", ClientToken="token")
    assert sagemaker.describe_image_version(ImageName="studio-image")["Version"] == 2
    assert sagemaker.describe_image_version(ImageName="studio-image", Version=1)["Version"] == 1


def test_jobs_that_are_not_run_fail_honestly(sagemaker: Any) -> None:
    sagemaker.create_compilation_job(
        CompilationJobName="compilation",
        RoleArn=ROLE,
        InputConfig={"S3Uri": "s3://bucket/model.tar.gz", "Framework": "PYTORCH"},
        OutputConfig={"S3OutputLocation": "s3://bucket/compiled", "TargetDevice": "ml_c5"},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    described = sagemaker.describe_compilation_job(CompilationJobName="compilation")
    assert described["CompilationJobStatus"] == "FAILED"
    assert "does not run compilation jobs" in described["FailureReason"]
    assert "is in status FAILED" in refused(sagemaker.stop_compilation_job, CompilationJobName="compilation")[1]
