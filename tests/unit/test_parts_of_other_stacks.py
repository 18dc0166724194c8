"""Every construct takes what belongs to another stack of its app, or to another app.

No stack comes to depend on one that depends on it, and what a construct needs it brings itself: the stack of what it
is given stays as it was.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

import sagemaker_constructs as sm
from harness.foreign_parts import Case, ImportedParts, Parts
from harness.policies import actions_of, statements_of
from sagemaker_constructs import training
from sagemaker_constructs.delivery import ConnectedRepository, DeliveryEnvironment, DeliveryPipeline
from sagemaker_constructs.features import GroupFeatures, TrainingSetDefinition
from sagemaker_constructs.labeling import (
    HumanReviewFlow,
    Labeling,
    LabelingInput,
    LabelingRounds,
    LabelStudioEntrance,
    LabelStudioProject,
    LabelStudioServer,
    LowConfidenceReview,
    WorkerPage,
)
from sagemaker_constructs.monitoring import (
    AnswerQuality,
    ChallengerComparison,
    CollectedTruth,
    DriftReactions,
    ReturnToVersion,
)
from sagemaker_constructs.observability import AlarmNotifications, EmailAddresses, MonthlyBudget, SlackChannel

ENVIRONMENT = cdk.Environment(region="us-east-1")
TYPE = "ml.m5.large"
SCRIPT = Path(__file__)
RANGE = sm.InstanceRange(1, 2)

WITHOUT_PARTS = {
    "ExecutionRole",
    "FeatureGroupShare",
    "ImportedEndpoint",
    "ImportedNetwork",
    "ImportedWarehouse",
    "JobProvider",
    "EncryptionKey",
} | {
    "AccessLogBucket",
    "EndpointFleet",
    "LabelingPeople",
    "LakeDatabase",
    "ModelPackageGroup",
    "RetainedLogs",
    "WorkflowRoles",
}
"""Constructs that take nothing which could belong to another stack."""
IN_THE_STACK_OF_THE_TOPIC = {"MonthlyBudget"}
"""AWS Budgets publishes without a role: only policies of the topic and of its key can allow it, where these are."""
BASES = {
    "DeployedJob",
    "EndpointBase",
    "JobDefinition",
    "JobSchedule",
    "LabelStudioDatabase",
    "LabelingPeopleBase",
    "MlflowTracking",
    "PipelineBase",
    "SignOnLoadBalancer",
    "WarehouseBase",
    "WorkTeamBase",
}
"""What others extend, or make: no class that a user would call."""


def _real_time(parts: Parts) -> None:
    captured = sm.DataCapture(parts.bucket)
    endpoint = sm.RealTimeEndpoint(
        parts.here,
        "Used",
        model=parts.model,
        instance_type=TYPE,
        instances=RANGE,
        encryption_key=parts.key,
        capture=captured,
    )
    endpoint.scale_on_invocations(per_instance_per_minute=600)
    steps = [sm.ScalingStep(change=1, lower=0)]
    endpoint.scale_in_steps("Steps", alarm=parts.alarm, steps=steps)
    endpoint.grant_invoke(parts.caller)


def _serverless(parts: Parts) -> None:
    sm.ServerlessEndpoint(parts.here, "Used", model=_outside_a_network(parts)).grant_invoke(parts.caller)


def _outside_a_network(parts: Parts) -> sm.Model:
    return sm.Model(parts.here, "Alone", image=parts.image, network_isolation=False)


def _asynchronous(parts: Parts) -> None:
    endpoint = sm.AsyncEndpoint(
        parts.here,
        "Used",
        model=parts.model,
        instance_type=TYPE,
        instances=sm.InstanceRange(0, 2),
        output=parts.bucket,
        encryption_key=parts.key,
        on_success=parts.topic,
        on_error=parts.topic,
    )
    endpoint.scale_on_backlog(per_instance=5)
    endpoint.grant_invoke(parts.caller)
    endpoint.grant_read_results(parts.caller)


def _shared(parts: Parts) -> None:
    sm.SharedEndpoint(
        parts.here,
        "Used",
        instance_type=TYPE,
        encryption_key=parts.key,
        placement=parts.network,
    ).grant_invoke(parts.caller)


def _component(parts: Parts) -> None:
    container = sm.ModelContainer(parts.image, parts.artifact)
    copies = sm.CopyRange(0, 2)
    component = sm.InferenceComponent(
        parts.here, "Used", endpoint=parts.shared, container=container, memory_mb=512, copies=copies
    )
    component.scale_on_invocations(per_copy_per_minute=60)
    component.grant_invoke(parts.caller)


def _front_door(parts: Parts) -> None:
    sm.FrontDoor(parts.here, "Used", endpoint=parts.endpoint, encryption_key=parts.key).grant_call(parts.caller)
    sm.FrontDoor(parts.here, "Streaming", endpoint=parts.endpoint, encryption_key=parts.key, streaming=True)


def _transform(parts: Parts) -> sm.BatchTransform:
    return sm.BatchTransform(
        parts.here,
        "Used",
        model=parts.model,
        input=sm.TransformInput(parts.bucket, "in"),
        output=sm.TransformOutput(parts.bucket, "out"),
        instance_type=TYPE,
        encryption_key=parts.key,
    )


def _batch_transform(parts: Parts) -> None:
    transform = _transform(parts)
    transform.schedule("Nightly", "rate(1 day)")
    transform.on_new_data("Arrivals")
    transform.on_failure("Failures", topic=parts.topic)
    transform.grant_run(parts.caller)


def _training(parts: Parts, **options: Any) -> sm.TrainingDefinition:
    return sm.TrainingDefinition(
        parts.here,
        "Definition",
        image=parts.image,
        output=parts.bucket,
        channels={"train": sm.TrainingInput(parts.bucket, "train")},
        encryption_key=parts.key,
        placement=parts.network,
        instance_type=TYPE,
        **options,
    )


def _training_definition(parts: Parts) -> None:
    definition = _training(parts, checkpoints=training.Checkpoints(parts.bucket, "checkpoints"))
    definition.schedule("Nightly", "rate(1 day)")
    definition.grant_run(parts.caller)


def _auto_tabular(parts: Parts) -> None:
    sm.AutoTabularDefinition(
        parts.here,
        "Search",
        train=sm.TrainingInput(parts.bucket, "train"),
        label="label",
        output=parts.bucket,
        encryption_key=parts.key,
        image=parts.image,
        placement=parts.network,
        instance_type=TYPE,
    ).grant_run(parts.caller)


def _autopilot(parts: Parts) -> None:
    search = sm.AutoMLDefinition(
        parts.here,
        "Search",
        problem=sm.TabularProblem("label"),
        data=sm.AutoMLInput(parts.bucket, "train"),
        output=parts.bucket,
        encryption_key=parts.key,
        placement=parts.network,
    )
    search.grant_start(parts.caller)
    sm.AutoMLJob(parts.here, "Once", definition=search)


def _tuning(parts: Parts) -> sm.TuningDefinition:
    searched = sm.TunedAlgorithm(
        _training(parts, metric_definitions={"loss": "loss=([0-9.]+)"}),
        objective=training.Objective.minimize("loss"),
        ranges={"depth": training.IntegerRange(2, 8)},
    )
    return sm.TuningDefinition(parts.here, "Tuning", algorithms=searched)


def _processing(parts: Parts, **options: Any) -> sm.ProcessingDefinition:
    return sm.ProcessingDefinition(
        parts.here,
        "Definition",
        image=parts.image,
        instance_type=TYPE,
        inputs={"in": sm.ProcessingInput(parts.bucket, "in")},
        outputs={"out": sm.ProcessingOutput(parts.bucket, "out")},
        encryption_key=parts.key,
        placement=parts.network,
        **options,
    )


def _processing_definition(parts: Parts) -> None:
    processing = _processing(parts)
    processing.schedule("Nightly", "rate(1 day)")
    processing.grant_run(parts.caller)


def _model(parts: Parts) -> None:
    sm.Model(
        parts.here,
        "Used",
        image=parts.image,
        artifact=parts.artifact,
        placement=parts.network,
        role=parts.role,
    )


def _pipeline(parts: Parts) -> None:
    prepare = sm.ProcessingStep(
        "Prepare", _processing(parts), property_files=(sm.PropertyFile("report", "out", "report.json"),)
    )
    model = sm.Model(parts.here, "Made", image=parts.image, role=parts.role)
    training = sm.TrainingDefinition(
        parts.here, "Training", image=parts.image, output=parts.bucket, encryption_key=parts.key, instance_type=TYPE
    )
    train = sm.TrainingStep("Train", training, channels={"train": prepare.output("out")})
    made = sm.ModelStep("Make", model, artifact=train.properties.ModelArtifacts.S3ModelArtifacts)
    pipeline = sm.Pipeline(parts.here, "Used", steps=[prepare, train, made])
    pipeline.grant_start(parts.caller)
    pipeline.grant_watch(parts.caller)


def _triggers(parts: Parts) -> None:
    pipeline = sm.Pipeline(parts.here, "Started", steps=[sm.FailStep("End", message="over")])
    triggers: dict[str, sm.Trigger] = {"rows": sm.NewDataTrigger(parts.bucket), "drift": sm.AlarmTrigger(parts.alarm)}
    sm.PipelineTriggers(parts.here, "Used", pipeline=pipeline, triggers=triggers).grant_start(parts.caller)


def _named_version(parts: Parts) -> None:
    rows = sm.RegisterModelStep(
        "Register", "group", sm.Model(parts.here, "Model", image=parts.image), artifact="s3://b/k"
    )
    pipeline = sm.Pipeline(parts.here, "Named", steps=[rows], role=parts.role)
    sm.PipelineVersionAlias(parts.here, "Used", pipeline=pipeline, alias="live")


def _watched(parts: Parts) -> None:
    watch = sm.TrainingWatch(parts.here, "Used", rules=[sm.WatchRule.not_a_number()], notify=parts.topic)
    sm.TrainingDefinition(
        parts.here, "Watched", image=parts.image, output=parts.bucket, instance_type=TYPE, watch=watch
    )


def _approved(parts: Parts) -> None:
    group = sm.ModelPackageGroup(parts.here, "Group", name="used")
    first = "arn:aws:sagemaker:us-east-1:123456789012:model-package/used/1"
    approved = sm.ApprovedModel(
        parts.here,
        "Used",
        group=group,
        parameter_name="/used/approved",
        first=first,
        stacks=["live"],
        notify=parts.topic,
    )
    sm.Model(parts.here, "Model", package=approved.package(parts.here, bucket=parts.bucket))


def _version(parts: Parts) -> None:
    group = sm.ModelPackageGroup(parts.here, "Group", name="used")
    container = sm.ModelContainer(parts.image, parts.artifact)
    sm.ModelPackageVersion(parts.here, "Used", group=group, container=container)


def _app(parts: Parts) -> None:
    app = sm.MlflowApp(parts.here, "Used", artifacts=parts.bucket, role=parts.role)
    app.grant_log(parts.caller)
    app.grant_open(parts.caller)


def _server(parts: Parts) -> None:
    server = sm.MlflowTrackingServer(parts.here, "Used", artifacts=parts.bucket, role=parts.role)
    server.grant_read(parts.caller)


def _imported_tracking(parts: Parts) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:mlflow-app/app-0a1b2c3d4e5f"
    sm.MlflowApp.from_arn(parts.here, "Used", arn, artifacts=parts.bucket).grant_log(parts.caller)


def _notebook(parts: Parts) -> None:
    tools = sm.NotebookLifecycle(
        parts.here, "Tools", on_start=[sm.MountedBucket(parts.bucket, "data", writable=True)]
    )
    notebook = sm.NotebookInstance(
        parts.here, "Used", placement=parts.network, encryption_key=parts.key, lifecycle=tools, role=parts.role
    )
    notebook.grant_open(parts.caller)


def _shared_lifecycle(parts: Parts) -> None:
    tools = sm.NotebookLifecycle(parts.here, "Used", on_start=[sm.MountedBucket(parts.bucket, "data")])
    sm.NotebookInstance(parts.here, "Notebook", placement=parts.network, lifecycle=tools)


def _studio(parts: Parts) -> None:
    domain = sm.StudioDomain(
        parts.here,
        "Used",
        vpc_id="vpc-0a1b2c3d",
        placement=parts.network,
        encryption_key=parts.key,
        role=parts.role,
        readable=[parts.bucket],
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    domain.grant_open(parts.caller, "ann")


def _person(parts: Parts) -> None:
    domain = sm.StudioDomain(parts.here, "Studio", vpc_id="vpc-0a1b2c3d", placement=parts.network)
    sm.StudioUser(parts.here, "Used", domain=domain, name="ann")


def _space(parts: Parts) -> None:
    domain = sm.StudioDomain(parts.here, "Studio", vpc_id="vpc-0a1b2c3d", placement=parts.network)
    ann = sm.StudioUser(parts.here, "Ann", domain=domain, name="ann")
    sm.StudioSpace(parts.here, "Used", owner=ann, title="Churn")


def _stopped(parts: Parts) -> None:
    domain = sm.StudioDomain(parts.here, "Studio", vpc_id="vpc-0a1b2c3d", placement=parts.network)
    sm.StudioBackstop(parts.here, "Used", domain=domain)


def _features(parts: Parts) -> None:
    schema = sm.FeatureSchema("id", "at", {"id": "String", "at": "String"}, {"id": "of a customer"})
    online = sm.OnlineStore(encryption_key=parts.key)
    offline = sm.OfflineStore(parts.bucket)
    group = sm.FeatureGroup(parts.here, "Used", schema=schema, online=online, offline=offline, role=parts.role)
    group.grant_ingest(parts.caller)
    group.grant_read_online(parts.caller)
    group.grant_read_offline(parts.caller)


def _labeling(parts: Parts) -> sm.LabelingDefinition:
    people = sm.LabelingWorkforce(parts.here, "People")
    return sm.LabelingDefinition(
        parts.here,
        "Labels",
        task=sm.LabelingTask("ImageMultiClass", title="Cat or dog?", labels=["cat", "dog"]),
        input=LabelingInput(parts.bucket, "images"),
        output=parts.bucket,
        team=sm.WorkTeam(parts.here, "Raters", workforce=people, description="Know cats"),
        encryption_key=parts.key,
        role=parts.role,
    )


def _labeled(parts: Parts) -> None:
    sm.LabelingJob(parts.here, "Used", definition=_labeling(parts), parameter_name="/used/labels", notify=parts.topic)


def _project(parts: Parts, first: int | None = None) -> LabelStudioProject:
    return LabelStudioProject(
        parts.here,
        "Used",
        task=sm.LabelingTask("ImageMultiClass", title="Cat or dog?", labels=["cat", "dog"]),
        input=LabelingInput(parts.bucket, "images"),
        output=parts.bucket,
        first=first,
    )


def _labeled_in_rounds(parts: Parts) -> None:
    LabelingRounds(
        parts.here,
        "Rounds",
        project=_project(parts, first=50),
        model=_processing(parts, role=parts.role),
        proposals="proposals/proposals.jsonl",
        most_asked=200,
    )


def _reviewed(parts: Parts) -> None:
    flow = HumanReviewFlow(
        parts.here,
        "Reviewed",
        title="Is it a cat?",
        page=WorkerPage(
            '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script><crowd-form></crowd-form>'
        ),
        team=sm.WorkTeam.from_arn(parts.here, "Team", "arn:aws:sagemaker:us-east-1:111122223333:workteam/raters"),
        objects=parts.bucket,
        prefix="unsure",
        output=parts.bucket,
        encryption_key=parts.key,
        notify=parts.topic,
        role=parts.role,
    )
    flow.grant_start(parts.caller)
    endpoint = sm.RealTimeEndpoint.from_endpoint_name(parts.here, "Unsure", "cats")
    review = LowConfidenceReview(parts.here, "Review", endpoint=endpoint, confidence="score", below=0.8, to=flow)
    review.grant_invoke(parts.caller)


def _labeled_by_either(parts: Parts) -> None:
    Labeling(
        parts.here,
        "Either",
        task=sm.LabelingTask("ImageMultiClass", title="Cat or dog?", labels=["cat", "dog"]),
        input=LabelingInput(parts.bucket, "images"),
        output=parts.bucket,
    )


def _label_studio(parts: Parts) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000"
    certificate = acm.Certificate.from_certificate_arn(parts.here, "Certificate", arn)
    LabelStudioServer(
        parts.here,
        "Studio",
        projects=[_project(parts)],
        people=parts.people,
        entrance=LabelStudioEntrance("labels.example.com", certificate, ["192.0.2.0/24"]),
        vpc=parts.vpc,
        image=parts.image,
        encryption_key=parts.key,
    )


def _table(parts: Parts) -> None:
    database = sm.LakeDatabase(parts.here, "Lake", name="lake")
    table = sm.LakeTable(
        parts.here, "Used", database=database, bucket=parts.bucket, prefix="t", columns={"a": "string"}
    )
    table.grant_read(parts.caller)
    table.grant_write(parts.caller)


def _crawler(parts: Parts) -> None:
    database = sm.LakeDatabase(parts.here, "Lake", name="lake")
    crawler = sm.Crawler(parts.here, "Used", database=database, bucket=parts.bucket, prefixes=["in"])
    crawler.grant_start(parts.caller)


def _flow(parts: Parts) -> None:
    flow = sm.DataWranglerFlow(
        parts.here,
        "Used",
        flow="config/flows/measurements.flow",
        datasets={"measurements": sm.ProcessingInput(parts.bucket, "in")},
        output=sm.ProcessingOutput(parts.bucket, "out"),
        instance_type=TYPE,
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )
    flow.definition.schedule("Nightly", "rate(1 day)")


def _quality(parts: Parts) -> None:
    database = sm.LakeDatabase(parts.here, "Lake", name="lake")
    table = sm.LakeTable(
        parts.here, "Table", database=database, bucket=parts.bucket, prefix="t", columns={"a": "string"}
    )
    rules = sm.DataQualityRules(parts.here, "Used", table=table, rules=['IsComplete "a"'])
    rules.on_failure("Told", topic=parts.topic)
    rules.grant_evaluate(parts.caller)


def _permissions(parts: Parts) -> None:
    database = sm.LakeDatabase(parts.here, "Lake", name="lake")
    table = sm.LakeTable(
        parts.here, "Table", database=database, bucket=parts.bucket, prefix="t", columns={"a": "string"}
    )
    location = sm.LakeLocation(parts.here, "Location", bucket=parts.bucket, prefix="t")
    permissions = sm.LakePermissions(parts.here, "Used", table=table, location=location)
    permissions.grant_select(parts.caller, columns=["a"], rows="a = 'b'")
    sm.LakeFormationSettings(parts.here, "Settings", administrators=[parts.caller])


def _serverless_spark(parts: Parts) -> None:
    application = sm.EmrServerlessApplication(parts.here, "Application", placement=parts.network)
    application.grant_run(parts.caller)
    job = sm.EmrServerlessJob(
        parts.here,
        "Used",
        application=application,
        script=str(SCRIPT),
        logs=parts.bucket,
        encryption_key=parts.key,
    )
    job.schedule("Nightly", "rate(1 day)")


def _spark(parts: Parts) -> None:
    job = sm.SparkJob(parts.here, "Used", script=str(SCRIPT), temporary=parts.bucket, encryption_key=parts.key)
    job.grant_run(parts.caller)


def _warehouse(parts: Parts) -> None:
    warehouse = sm.Warehouse(
        parts.here, "Used", placement=parts.network, encryption_key=parts.key, enhanced_vpc_routing=False
    )
    warehouse.copy_from(parts.bucket, "in")
    warehouse.unload_to(parts.bucket, "out")
    warehouse.grant_query(parts.caller)


def _containers(parts: Parts) -> None:
    queue = sm.BatchQueue(parts.here, "Queue", placement=parts.network)
    definition = sm.BatchJobDefinition(
        parts.here,
        "Used",
        image=parts.image,
        inputs={"in": sm.ProcessingInput(parts.bucket, "in")},
        outputs={"out": sm.ProcessingOutput(parts.bucket, "out")},
        encryption_key=parts.key,
        role=parts.role,
    )
    queue.on_failure("Failures", topic=parts.topic)
    definition.grant_submit(parts.caller, queue)
    definition.schedule("Nightly", "rate(1 day)", queue=queue)


def _deployed_container(parts: Parts) -> None:
    queue = sm.BatchQueue(parts.here, "Queue", placement=parts.network)
    definition = sm.BatchJobDefinition(
        parts.here, "Used", image=parts.image, encryption_key=parts.key, max_runtime=cdk.Duration.minutes(5)
    )
    sm.BatchJob(parts.here, "Once", definition=definition, queue=queue)


def _drift(parts: Parts) -> None:
    definition = sm.BaselineDefinition(
        parts.here,
        "Baseline",
        rows=sm.ProcessingInput(parts.bucket, "rows"),
        output=sm.ProcessingOutput(parts.bucket, "baseline"),
        image=parts.image,
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )
    monitor = sm.DriftMonitor(
        parts.here,
        "Used",
        captured=sm.CapturedRequests.of_endpoint(parts.endpoint, sm.DataCapture(parts.bucket)),
        baseline=definition.baseline,
        reports=sm.ProcessingOutput(parts.bucket, "reports"),
        image=parts.image,
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )
    monitor.on_drift("Told", topic=parts.topic)
    monitor.grant_run(parts.caller)
    monitor.grant_read_reports(parts.caller)
    sm.Alarms(parts.here, "Alarms", watched=[monitor], topic=parts.topic)
    group = sm.ModelPackageGroup(parts.here, "Versions", name="churn")
    first = "arn:aws:sagemaker:us-east-1:123456789012:model-package/churn/1"
    approved = sm.ApprovedModel(parts.here, "Followed", group=group, parameter_name="/ml/churn", first=first)
    DriftReactions(parts.here, "Reactions", monitor=monitor, reactions={"back": ReturnToVersion(approved)})


def _challenger(parts: Parts) -> None:
    capture = sm.DataCapture(parts.bucket)
    variants = [
        sm.Variant(parts.model, instance_type="ml.c7i.large", name=name) for name in ("Champion", "Challenger")
    ]
    endpoint = sm.RealTimeEndpoint(
        parts.here, "Both", variants=variants[:1], shadow=variants[1:], capture=capture, encryption_key=parts.key
    )
    comparison = ChallengerComparison(
        parts.here,
        "Used",
        endpoint=endpoint,
        capture=capture,
        truth=CollectedTruth(parts.bucket, "truth"),
        settings=sm.DriftSettings(quality=AnswerQuality("Regression", prediction="y")),
        reports=sm.ProcessingOutput(parts.bucket, "reports"),
        image=parts.image,
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )
    comparison.on_recommendation("Told", topic=parts.topic)
    comparison.grant_run(parts.caller)
    comparison.grant_read_reports(parts.caller)
    sm.Alarms(parts.here, "Alarms", watched=[comparison], topic=parts.topic)


def _notifications(parts: Parts) -> None:
    webhook = secretsmanager.Secret.from_secret_name_v2(parts.here, "Webhook", "alarms/slack")
    AlarmNotifications(
        parts.here,
        "Used",
        topic=parts.topic,
        channels={"chat": SlackChannel(webhook), "team": EmailAddresses(["a@example.com"])},
        encryption_key=parts.key,
    )


def _model_monitor(parts: Parts) -> None:
    rows, output = sm.ProcessingInput(parts.bucket, "rows"), sm.ProcessingOutput(parts.bucket, "baseline")
    quality = sm.QualityBaselineDefinition(
        parts.here,
        "Baseline",
        rows=rows,
        output=output,
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )
    monitor = sm.ModelMonitor(
        parts.here,
        "Used",
        watched=sm.MonitoredEndpoint(parts.endpoint, sm.DataCapture(parts.bucket)),
        checks={"data": sm.DataQualityMonitoring(baseline=quality.baseline)},
        reports=sm.ProcessingOutput(parts.bucket, "reports"),
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )
    monitor.on_violation("Told", topic=parts.topic)
    monitor.grant_read_reports(parts.caller)
    sm.Alarms(parts.here, "Alarms", watched=[monitor], topic=parts.topic)


def _clarified(parts: Parts) -> None:
    config: dict[str, object] = {
        "dataset_type": "text/csv",
        "label": "left",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "age", "value_or_threshold": [40]}],
        "methods": {"post_training_bias": {"methods": "all"}},
        "predictor": {"endpoint_name": "churn"},
    }
    sm.ClarifyDefinition(
        parts.here,
        "Used",
        rows=sm.ProcessingInput(parts.bucket, "rows"),
        analysis=sm.ClarifyAnalysis(config),
        output=sm.ProcessingOutput(parts.bucket, "bias"),
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )


def _workgroup(parts: Parts) -> None:
    group = sm.AthenaWorkgroup(parts.here, "Used", bucket=parts.bucket, encryption_key=parts.key)
    group.grant_query(parts.caller)
    sm.SavedQuery(parts.here, "Saved", workgroup=group, database="sagemaker_featurestore", sql="SELECT 1")


def _file_ingestion(parts: Parts) -> None:
    schema = sm.FeatureSchema("id", "at", {"id": "String", "at": "String"})
    group = sm.FeatureGroup(
        parts.here, "Filled", schema=schema, offline=sm.OfflineStore(parts.bucket), role=parts.role
    )
    sm.FeatureIngestionDefinition(
        parts.here,
        "Used",
        group=group,
        image=parts.image,
        instance_type=TYPE,
        data=sm.ProcessingInput(parts.bucket, "rows"),
        refused=sm.ProcessingOutput(parts.bucket, "refused"),
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )


def _training_set(parts: Parts) -> None:
    schema = sm.FeatureSchema("id", "at", {"id": "String", "at": "String"})
    group = sm.FeatureGroup(
        parts.here, "Known", schema=schema, offline=sm.OfflineStore(parts.bucket), role=parts.role
    )
    database = sm.LakeDatabase(parts.here, "Lake", name="lake")
    TrainingSetDefinition(
        parts.here,
        "Used",
        spine=sm.LakeTable(
            parts.here, "Spine", database=database, bucket=parts.bucket, prefix="t", columns={"id": "string"}
        ),
        event_time="asked_at",
        features=[GroupFeatures(group, ["at"])],
        rows=sm.ProcessingOutput(parts.bucket, "rows"),
        workgroup=sm.AthenaWorkgroup(parts.here, "Team", bucket=parts.bucket, encryption_key=parts.key),
        image=parts.image,
        instance_type=TYPE,
        encryption_key=parts.key,
        placement=parts.network,
        role=parts.role,
    )


def _stream_ingestion(parts: Parts) -> None:
    schema = sm.FeatureSchema("id", "at", {"id": "String", "at": "String"})
    group = sm.FeatureGroup(
        parts.here, "Group", schema=schema, offline=sm.OfflineStore(parts.bucket), role=parts.role
    )
    stream = kinesis.Stream.from_stream_attributes(
        parts.here, "Stream", stream_arn="arn:aws:kinesis:us-east-1:123456789012:stream/s", encryption_key=parts.key
    )
    sm.StreamIngestion(parts.here, "Used", group=group, stream=stream).grant_replay(parts.caller)


def _delivered(parts: Parts) -> None:
    DeliveryPipeline(
        parts.here,
        "Used",
        repository=ConnectedRepository("octo-org/churn"),
        environments=[DeliveryEnvironment("prod", stacks=["churn"])],
        encryption_key=parts.key,
        notify=parts.topic,
    ).grant_approve(parts.caller)


CASES: dict[str, Case] = {
    "AlarmNotifications": _notifications,
    "Alarms": lambda parts: sm.Alarms(parts.here, "Used", watched=[parts.endpoint, parts.shared], topic=parts.topic),
    "ApprovedModel": _approved,
    "AsyncEndpoint": _asynchronous,
    "AthenaWorkgroup": _workgroup,
    "AutoMLDefinition": _autopilot,
    "AutoMLJob": _autopilot,
    "AutoTabularDefinition": _auto_tabular,
    "BaselineDefinition": _drift,
    "ClarifyDefinition": _clarified,
    "BatchJob": _deployed_container,
    "BatchJobDefinition": _containers,
    "BatchQueue": _containers,
    "BatchTransform": _batch_transform,
    "Dashboard": lambda parts: sm.Dashboard(parts.here, "Used", watched=[parts.endpoint, parts.shared]),
    "Crawler": _crawler,
    "ChallengerComparison": _challenger,
    "DeliveryPipeline": _delivered,
    "DriftMonitor": _drift,
    "DriftReactions": _drift,
    "ModelMonitor": _model_monitor,
    "QualityBaselineDefinition": _model_monitor,
    "EncryptedBucket": lambda parts: sm.EncryptedBucket(
        parts.here, "Used", encryption_key=parts.key, access_logs=parts.bucket
    ),
    "FeatureGroup": _features,
    "FeatureIngestionDefinition": _file_ingestion,
    "FrontDoor": _front_door,
    "FrontDoorFirewall": lambda parts: sm.FrontDoorFirewall(parts.here, "Used", encryption_key=parts.key),
    "ImageRepository": lambda parts: sm.ImageRepository(parts.here, "Used", encryption_key=parts.key),
    "InferenceComponent": _component,
    "ImportedTracking": _imported_tracking,
    "IsolatedNetwork": lambda parts: sm.IsolatedNetwork(parts.here, "Used", encryption_key=parts.key),
    "LakeTable": _table,
    "SavedQuery": _workgroup,
    "SparkJob": _spark,
    "EmrServerlessApplication": _serverless_spark,
    "EmrServerlessJob": _serverless_spark,
    "LakeFormationSettings": _permissions,
    "LakeLocation": _permissions,
    "LakePermissions": _permissions,
    "DataQualityRules": _quality,
    "DataWranglerFlow": _flow,
    "MlflowApp": _app,
    "MlflowTrackingServer": _server,
    "Model": _model,
    "LabelingDefinition": _labeled,
    "LabelingJob": _labeled,
    "LabelingWorkforce": _labeled,
    "LabelStudioProject": lambda parts: _project(parts).grant_label(parts.caller),
    "LabelStudioServer": _label_studio,
    "HumanReviewFlow": _reviewed,
    "LowConfidenceReview": _reviewed,
    "Labeling": _labeled_by_either,
    "LabelingRounds": _labeled_in_rounds,
    "WorkTeam": _labeled,
    "NotebookInstance": _notebook,
    "NotebookLifecycle": _shared_lifecycle,
    "Pipeline": _pipeline,
    "PipelineTriggers": _triggers,
    "PipelineVersionAlias": _named_version,
    "ModelPackageVersion": _version,
    "ProcessingDefinition": _processing_definition,
    "ProcessingJob": lambda parts: sm.ProcessingJob(
        parts.here, "Used", definition=_processing(parts, role=parts.role)
    ),
    "RealTimeEndpoint": _real_time,
    "ServerlessEndpoint": _serverless,
    "SharedEndpoint": _shared,
    "StartedJob": lambda parts: sm.StartedJob(
        parts.here,
        "Used",
        definition=_training(parts, role=parts.role),
        parameter_name="/used/training",
        notify=parts.topic,
    ),
    "StreamIngestion": _stream_ingestion,
    "StudioBackstop": _stopped,
    "StudioDomain": _studio,
    "StudioRelease": _studio,
    "StudioSpace": _space,
    "StudioUser": _person,
    "TrainingDefinition": _training_definition,
    "TrainingJob": lambda parts: sm.TrainingJob(parts.here, "Used", definition=_training(parts, role=parts.role)),
    "TrainingWatch": _watched,
    "TransformJob": lambda parts: sm.TransformJob(parts.here, "Now", definition=_transform(parts)),
    "TuningDefinition": lambda parts: _tuning(parts).grant_run(parts.caller),
    "TuningJob": lambda parts: sm.TuningJob(parts.here, "Used", definition=_tuning(parts)),
    "TrainingSetDefinition": _training_set,
    "Warehouse": _warehouse,
}

IN_ITSELF = {
    "AWS::S3::Bucket": "NotificationConfiguration CorsConfiguration",
    "AWS::CloudWatch::Alarm": "AlarmActions OKActions",
}
"""What cannot be said but in the resource itself: events and browsers of a bucket, and whom an alarm tells."""


def _public() -> set[str]:
    """The constructs of all doors."""
    found: set[str] = set()
    for package in pkgutil.iter_modules(sm.__path__):
        if package.ispkg:
            door = importlib.import_module(f"{sm.__name__}.{package.name}")
            exported = {name: getattr(door, name) for name in door.__all__}
            found |= {
                name for name, each in exported.items() if inspect.isclass(each) and issubclass(each, Construct)
            }
    return found


def test_every_public_construct_has_a_case() -> None:
    assert len(_public()) > 25
    assert _public() == CASES.keys() | WITHOUT_PARTS | IN_THE_STACK_OF_THE_TOPIC | BASES


def _stacks(app: cdk.App, name: str, *, together: bool = False) -> tuple[cdk.Stack, cdk.Stack]:
    here = cdk.Stack(app, f"{name}-here", env=ENVIRONMENT)
    return here, here if together else cdk.Stack(app, f"{name}-there", env=ENVIRONMENT)


def _synthesized(app: cdk.App) -> dict[str, dict[str, Any]]:
    return {stack.stack_name: stack.template.get("Resources", {}) for stack in app.synth().stacks}


def _actions(resources: Mapping[str, Any]) -> set[str]:
    return {action for statement in statements_of(resources) for action in actions_of(statement)}


def _comparable(resources: Mapping[str, Any]) -> dict[str, Any]:
    """The resources without what a construct has to say in them."""
    kept: dict[str, Any] = json.loads(json.dumps(resources))
    for resource in kept.values():
        for name in IN_ITSELF.get(resource["Type"], "").split():
            resource.get("Properties", {}).pop(name, None)
    return kept


def test_a_budget_is_allowed_to_publish_by_the_stack_of_the_topic(context: dict[str, Any], tmp_path: Path) -> None:
    app = cdk.App(context=context, outdir=str(tmp_path))
    parts = Parts(*_stacks(app, "all"), {"topic", "key"})
    MonthlyBudget(parts.here, "Used", usd=100, tags={"team": "risk"}, topic=parts.topic)
    made = _synthesized(app)
    assert "budgets.amazonaws.com" in str(made["all-there"])
    assert "budgets.amazonaws.com" not in str(made["all-here"])


@pytest.mark.whole
@pytest.mark.parametrize("case", CASES)
def test_a_construct_takes_what_belongs_to_another_stack(case: str, context: dict[str, Any], tmp_path: Path) -> None:
    together = cdk.App(context=context, outdir=str(tmp_path / "together"))
    parts = Parts(*_stacks(together, "all", together=True))
    CASES[case](parts)
    whole = {action for resources in _synthesized(together).values() for action in _actions(resources)}
    variants = parts.movable
    assert len(variants) > 1

    alone = cdk.App(context=context, outdir=str(tmp_path / "alone"))
    used = cdk.App(context=context, outdir=str(tmp_path / "used"))
    for name, elsewhere in variants.items():
        before = Parts(*_stacks(alone, name), elsewhere)
        after = Parts(*_stacks(used, name), elsewhere)
        for part in parts.used:
            getattr(before, part)
            getattr(after, part)
        CASES[case](after)
    # A cycle of stacks is refused here.
    untouched, made = _synthesized(alone), _synthesized(used)
    for name in variants:
        here, there = made[f"{name}-here"], made[f"{name}-there"]
        assert _comparable(there) == _comparable(untouched[f"{name}-there"]), f"{name} of another stack changes there"
        caller = made.get(f"{name}-here-caller", {})
        assert _actions(here) | _actions(there) | _actions(caller) == whole, name


@pytest.mark.parametrize("case", CASES)
def test_a_construct_takes_what_belongs_to_another_app(
    case: str, app: cdk.App, context: dict[str, Any], tmp_path: Path
) -> None:
    used = Parts(*_stacks(cdk.App(context=context), "all", together=True))
    CASES[case](used)
    owned = cdk.App(context=context, outdir=str(tmp_path / "owned"))
    # A model is always of the app that runs it, and a component of the one of its endpoint.
    own = {"shared"} if "endpoint" in used.used else {"model", "shared"}
    CASES[case](Parts(*_stacks(owned, "all"), {*used.used} - own))
    here, _ = _stacks(app, "all", together=True)
    CASES[case](ImportedParts(here))
    made = _synthesized(app)["all-here"]
    assert _actions(made) == _actions(_synthesized(owned)["all-here"])
