"""Put the emulator together: our services, our CloudFormation types and the data plane, into MiniStack."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from emulator.cloudformation.autoscaling_types import add_autoscaling_types
from emulator.cloudformation.batch_types import add_batch_types
from emulator.cloudformation.bucket_properties import add_bucket_properties
from emulator.cloudformation.change_sets import refuse_unresolved_references
from emulator.cloudformation.completed_types import add_attributes, add_metric_math, add_request_validation
from emulator.cloudformation.custom_resources import CustomResources
from emulator.cloudformation.described_parameters import add_resolved_values
from emulator.cloudformation.events import add_stack_events
from emulator.cloudformation.local_urls import add_local_urls
from emulator.cloudformation.mapped_types import add_mapped_types
from emulator.cloudformation.operations import StackOperations, keep_exports_in_use
from emulator.cloudformation.recorded_types import add_recorded_types
from emulator.cloudformation.sagemaker_registration import add_sagemaker_types
from emulator.cloudformation.services.budget_types import add_budget_types
from emulator.cloudformation.services.data_quality_types import add_data_quality_types
from emulator.cloudformation.services.delivery_types import add_delivery_types
from emulator.cloudformation.services.redshift_types import add_redshift_types
from emulator.containers.hosting import Hosting
from emulator.images.store import ImageStore
from emulator.jobs.labeling import Runner as LabelingRunner
from emulator.jobs.labeling import human_loops
from emulator.jobs.labeling.human_loops import HumanLoops
from emulator.jobs.labeling.portal import HOST as PORTAL_HOST
from emulator.jobs.lifecycle import Jobs, job_behaviours
from emulator.jobs.monitoring import schedules as monitoring
from emulator.jobs.monitoring.run import ExecutionRun
from emulator.jobs.monitoring.schedules import ScheduledMonitoring
from emulator.jobs.runners import Workshop, job_runners
from emulator.jobs.state_changes import StateChanges
from emulator.ministack import hooks, in_process, saved_state, stack_hooks
from emulator.ministack.conditions import join_in_conditions
from emulator.ministack.state_copies import StateLock
from emulator.pipelines.attempts import StepServices
from emulator.pipelines.events import PipelineEvents
from emulator.pipelines.pipelines import Pipelines
from emulator.process.environment import PROJECT
from emulator.process.heartbeat import Heartbeat
from emulator.process.persistence import Saver, StateFolder, changes_state
from emulator.sagemaker.api.control_plane import Behaviour, SageMakerApi
from emulator.sagemaker.api.records import Records
from emulator.sagemaker.capacity import (
    COPIES,
    INSTANCES,
    PROVISIONED_CONCURRENCY,
    CopyCapacity,
    SageMakerCapacity,
    VariantCapacity,
)
from emulator.sagemaker.components.components import InferenceComponents
from emulator.sagemaker.endpoints.endpoints import Endpoints
from emulator.sagemaker.endpoints.fleet import ServingFleet
from emulator.sagemaker.features import offline_files
from emulator.sagemaker.features.feature_groups import FeatureGroups
from emulator.sagemaker.features.offline_files import OfflineFiles
from emulator.sagemaker.features.record_store import RecordStore
from emulator.sagemaker.features.runtime import FeatureRuntime
from emulator.sagemaker.invocations import asynchronous
from emulator.sagemaker.invocations.asynchronous import AsynchronousRuntime
from emulator.sagemaker.invocations.concurrency import Concurrency
from emulator.sagemaker.invocations.routing import Routing
from emulator.sagemaker.invocations.runtime import Runtime
from emulator.sagemaker.invocations.streaming import StreamingRuntime
from emulator.sagemaker.models.models import Models
from emulator.sagemaker.models.packages import ModelPackages
from emulator.sagemaker.notebooks.machines import Machines
from emulator.sagemaker.notebooks.notebooks import Notebooks
from emulator.sagemaker.notebooks.repositories import Repositories
from emulator.sagemaker.observed import capture, container_logs, copy_memory, metrics, training_usage
from emulator.sagemaker.observed.capture import CapturedFiles
from emulator.sagemaker.observed.container_logs import ContainerLogs
from emulator.sagemaker.observed.copy_memory import CopyMemory
from emulator.sagemaker.observed.load_metrics import LoadMetrics
from emulator.sagemaker.observed.metrics import InvocationMetrics
from emulator.sagemaker.observed.training_usage import TrainingUsage
from emulator.sagemaker.service import SageMakerService
from emulator.sagemaker.tracking.mlflow_servers import MlflowServers
from emulator.sagemaker.tracking.tracking import Tracking
from emulator.services.apigateway import add_runtime_integration, add_streaming_integration
from emulator.services.application_autoscaling.api import ApplicationAutoScaling
from emulator.services.application_autoscaling.scalable_resources import ScalableResources
from emulator.services.application_autoscaling.scaling import ROUND_SECONDS, Scaling
from emulator.services.application_autoscaling.scheduled_actions import ScheduledActions
from emulator.services.athena.service import add_athena
from emulator.services.batch.callers import add_batch_callers
from emulator.services.batch.service import Batch
from emulator.services.cloudwatch import alarms
from emulator.services.cloudwatch.alarm_events import AlarmEvents
from emulator.services.codebuild.service import Builds
from emulator.services.codeconnections import CodeConnections
from emulator.services.codepipeline import service as codepipeline
from emulator.services.codepipeline.actions import Actions
from emulator.services.crawlers.crawling import add_crawlers
from emulator.services.data_quality.service import DataQuality
from emulator.services.ec2 import add_offers, keep_networks_in_use
from emulator.services.ecr import add_honest_registry
from emulator.services.iam import add_simulation, keep_boundaries
from emulator.services.judged_calls import judge_calls
from emulator.services.kinesis_mappings import KinesisMappings
from emulator.services.pipeline_targets import add_pipeline_targets
from emulator.services.redshift.service import RedshiftServerless
from emulator.services.scheduler import add_schedule_integration, fill_inputs
from emulator.services.service_quotas import ServiceQuotas
from emulator.services.stepfunctions import add_workflow_integrations
from emulator.services.unrun import refuse_what_does_not_run
from emulator.shapes.aws_rules import AwsRules
from emulator.shapes.errors import ServiceError
from emulator.shapes.json_protocol import error_response, json_response, parsed_body


@dataclass(frozen=True)
class Emulator:
    """The parts that outlive a request.

    Args:
        records: SageMaker's records.
        endpoints: Endpoints and their processes.
        components: Inference components and their processes.
        jobs: Jobs of each kind and their processes.
        batch: Batch's jobs and their processes.
        pipelines: Pipelines and their executions.
        stacks: Stack operations under way.
        saver: Saves all state.
        hosting: The serving processes.
        mlflow: The MLflow servers.
        notebooks: Notebook instances.
        machines: Their machines.
        heartbeats: Work that recurs while the emulator runs.
        unreadable: A sentence for each service whose saved state could not be read; complete once it answers.
    """

    records: Records
    endpoints: Endpoints
    components: InferenceComponents
    jobs: Sequence[Jobs]
    batch: Batch
    pipelines: Pipelines
    stacks: StackOperations
    saver: Saver
    hosting: Hosting
    mlflow: MlflowServers
    notebooks: Notebooks
    machines: Machines
    heartbeats: Sequence[Heartbeat]
    unreadable: Sequence[str]

    def begin(self) -> None:
        """Begin what recurs; the emulator must answer requests already."""
        for heartbeat in self.heartbeats:
            heartbeat.start()
        self.notebooks.start_again()

    def rest(self) -> None:
        """End what recurs, each after one last round."""
        for heartbeat in self.heartbeats:
            heartbeat.stop()

    def close(self) -> None:
        """End the serving processes, the MLflow servers and the machines of notebook instances."""
        self.hosting.stop_all()
        self.mlflow.stop_all()
        self.machines.stop_all()


def _manifest(images: ImageStore, uri: str) -> Mapping[str, str] | None:
    """What the registry says of an image that was built here."""
    known = images.find_reference(uri) if uri else None
    return {"MediaType": known.media_type} if known else None


def _reached_at(gateway: str) -> Mapping[str, str]:
    """The variables by which the process of a container finds AWS at the emulator."""
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": os.environ["MINISTACK_REGION"],
        "AWS_ENDPOINT_URL": gateway,
    }


def _build_environment(gateway: str) -> Mapping[str, str]:
    """The variables of a build: AWS is the emulator, and command lines tell nobody of themselves."""
    own = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    return {
        **_reached_at(gateway),
        **{name: os.environ[name] for name in own if name in os.environ},
        "AWS_DEFAULT_REGION": os.environ["MINISTACK_REGION"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DOCKER": str(PROJECT / "emulator" / "bin" / "docker"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "CDK_NOTICES": "false",
        "EMULATOR_IMAGE_ROOT": os.environ["EMULATOR_IMAGE_ROOT"],
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "NODE_NO_WARNINGS": "1",
    }


def _s3_client(port: str) -> Any:
    """A client of the emulator itself."""
    session = importlib.import_module("botocore.session").get_session()
    config = importlib.import_module("botocore.config").Config(s3={"addressing_style": "path"})
    client = session.create_client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name=os.environ["MINISTACK_REGION"],
        config=config,
    )
    client.meta.events.register("before-send.s3", _refuse_to_wait)
    return client


def _refuse_to_wait(event_name: str, **_request: Any) -> None:
    StateLock.refuse_to_wait(event_name.removeprefix("before-send."))


def assemble(state: Path) -> Emulator:
    """Put everything together for a state directory; the environment is the launcher's."""
    folder = StateFolder(state / "saved")
    saver = Saver(folder, saved_state.state_copies().collect, saved_state.encode_state)
    images = ImageStore(Path(os.environ["EMULATOR_IMAGE_ROOT"]))
    s3 = _s3_client(os.environ["GATEWAY_PORT"])
    hosting = Hosting(images=images, directory=state / "endpoints", s3=s3)

    records = Records(hooks.current_scope, saver.changed)
    captured, counted, concurrency = CapturedFiles(s3), InvocationMetrics(), Concurrency()
    fleet = ServingFleet(hosting)
    endpoints = Endpoints(records, fleet)
    components = InferenceComponents(records, fleet, counted.no_capacity)
    publish = hooks.publisher("aws.sagemaker")
    gateway = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
    mlflow = MlflowServers(state / "mlflow", gateway)
    tracking = Tracking(records, mlflow)
    machines = Machines(state / "notebooks", _reached_at(gateway))
    notebooks = Notebooks(records, machines, Repositories(records, state / "git"))
    runners = job_runners(
        Workshop(
            records,
            images,
            s3,
            state,
            lambda name, request: api.call(name, request),
            _reached_at(gateway),
            lambda request: tracking.container_environment(request, gateway),
        )
    )
    labeling = cast(LabelingRunner, runners["LabelingJob"])
    portal, loops = labeling.portal, HumanLoops(records, labeling.board, s3, publish, saver.changed)
    logs = ContainerLogs(records, state)
    jobs = job_behaviours(runners, records, StateChanges(publish, logs.deliver))
    features = RecordStore(state / "features" / "records.sqlite")
    offline = OfflineFiles(features, s3)
    groups = FeatureGroups(features, records)
    rules = AwsRules()
    services = StepServices(sagemaker=lambda name, request: api.call(name, request), other=in_process.call, s3=s3)
    pipelines = Pipelines(records, services, PipelineEvents(publish))
    executions = ExecutionRun(
        records, images, s3, lambda name, request: api.call(name, request), state / "processing"
    )
    monitored = ScheduledMonitoring(records, executions)
    behaviours: dict[str, Behaviour] = {
        **jobs,
        "Endpoint": endpoints,
        "FeatureGroup": groups,
        "InferenceComponent": components,
        "MlflowApp": tracking,
        "MlflowTrackingServer": tracking,
        "Model": Models(records),
        "ModelPackage": ModelPackages(publish),
        "MonitoringSchedule": monitored,
        "NotebookInstance": notebooks,
        "Pipeline": pipelines,
        "Workforce": portal,
        "Workteam": portal,
    }
    operations = {
        **tracking.operations,
        **notebooks.operations,
        **groups.operations,
        **monitored.operations,
        **{name: answer for runner in runners.values() for name, answer in runner.operations.items()},
        **pipelines.operations,
        "UpdateEndpointWeightsAndCapacities": endpoints.update_weights_and_capacities,
        "UpdateInferenceComponentRuntimeConfig": components.update_runtime_config,
    }
    completions = {f"{verb}Pipeline": pipelines.completed for verb in ("Create", "Update")}
    api = SageMakerApi(records, rules, behaviours, operations, completions, tracking.operations)
    autoscaling = ApplicationAutoScaling(hooks.current_scope, rules, saver.changed)
    rules.finds(autoscaling.registered, "ScalableTarget")
    rules.finds(lambda _kind, uri: _manifest(images, uri), "Image")

    runtime = Runtime(records, Routing(components), fleet, concurrency, [captured, counted])
    queues = AsynchronousRuntime(records, runtime, s3)
    alarms.take_over()
    AlarmEvents(hooks.publisher("aws.cloudwatch")).listen()
    variants = VariantCapacity(records, endpoints)
    capacity = SageMakerCapacity(
        {INSTANCES: variants, PROVISIONED_CONCURRENCY: variants, COPIES: CopyCapacity(components)}
    )
    resources = ScalableResources(autoscaling, capacity)
    watched, scaling, scheduled = alarms.AlarmEvaluation(), Scaling(resources), ScheduledActions(resources)

    def scale() -> None:
        # Scaling first: it must see an alarm that was set by hand before its next evaluation.
        scaling.act()
        scheduled.act()
        watched.evaluate_due()

    heartbeats = [
        Heartbeat("asynchronous", asynchronous.ROUND_SECONDS, queues.work),
        Heartbeat("scaling", ROUND_SECONDS, scale),
        Heartbeat("data-capture", capture.FLUSH_SECONDS, captured.flush),
        Heartbeat("invocation-metrics", metrics.FLUSH_SECONDS, counted.flush),
        Heartbeat("load-metrics", metrics.FLUSH_SECONDS, LoadMetrics(records, concurrency).flush),
        Heartbeat("monitoring", monitoring.ROUND_SECONDS, monitored.act),
        Heartbeat("human-loops", human_loops.ROUND_SECONDS, loops.expire),
        Heartbeat("copy-memory", copy_memory.ROUND_SECONDS, CopyMemory(records, fleet).flush),
        Heartbeat("container-logs", container_logs.ROUND_SECONDS, logs.deliver),
        Heartbeat("offline-store", offline_files.FLUSH_SECONDS, offline.flush),
        Heartbeat("training-usage", training_usage.ROUND_SECONDS, TrainingUsage(records, state / "training").flush),
    ]
    connections = CodeConnections(state / "git", saver.changed)
    builds = Builds(s3, state, _build_environment(gateway), saver.changed)
    actions = Actions(connections, builds, s3, state / "codebuild" / "inputs")
    releases = codepipeline.CodePipeline(connections, actions, rules, saver.changed)
    heartbeats.append(Heartbeat("pushes", codepipeline.ROUND_SECONDS, releases.watch))
    batch = Batch(images, state, _reached_at(gateway), rules, saver.changed)
    streaming = StreamingRuntime(runtime, fleet, concurrency)
    runtime_of_features = FeatureRuntime(records, features, offline)
    service = SageMakerService(api, runtime, queues, streaming, tracking, [runtime_of_features, loops])
    hooks.add_service("sagemaker", service.handle, ["SageMaker."])
    hooks.keep_content_types("sagemaker")
    hooks.keep_buckets_called_iceberg()
    hooks.add_service("labeling-portal", portal.handle, [], [PORTAL_HOST])
    hooks.keep_content_types("labeling-portal")
    hooks.add_service("sagemaker-mlflow", service.handle, [])
    hooks.keep_content_types("sagemaker-mlflow")
    add_runtime_integration(service.handle)
    add_streaming_integration()
    hooks.add_service("application-autoscaling", _autoscaling_handler(autoscaling), ["AnyScaleFrontendService."])
    saved_state.add_state("sagemaker", records.get_state, records.restore)
    saved_state.add_state("human_loops", loops.get_state, loops.restore)
    saved_state.add_state("application_autoscaling", autoscaling.get_state, autoscaling.restore)
    stacks = StackOperations(saver.changed, CustomResources())
    keep_exports_in_use()
    join_in_conditions()
    add_stack_events()
    add_resolved_values()
    refuse_unresolved_references()
    add_sagemaker_types(api)
    add_autoscaling_types(autoscaling)
    add_attributes()
    add_bucket_properties()
    add_request_validation()
    add_local_urls(os.environ["GATEWAY_PORT"])
    add_mapped_types()
    add_budget_types()
    add_recorded_types()
    add_metric_math()
    add_honest_registry(images)
    add_athena(s3, state, saver.changed)
    add_workflow_integrations(api)
    add_schedule_integration("sagemaker", api)
    batch.take_over()
    add_batch_types(batch)
    add_batch_callers(batch)
    redshift = RedshiftServerless(s3, state, rules, saver.changed)
    redshift.take_over()
    add_redshift_types(redshift)
    connections.take_over()
    builds.take_over()
    releases.take_over()
    add_delivery_types(releases, connections)
    keep_networks_in_use()
    add_offers()
    add_simulation()
    keep_boundaries()
    quotas = ServiceQuotas(hooks.current_scope, saver.changed)
    hooks.add_service("servicequotas", quotas.handle, ["ServiceQuotasV20190624."])
    saved_state.add_state("servicequotas", quotas.get_state, quotas.restore)
    KinesisMappings().take_over()
    refuse_what_does_not_run(_reached_at(gateway))
    judge_calls(rules)
    add_crawlers(s3, state, saver.changed)
    quality = DataQuality(s3, state, rules, saver.changed)
    quality.take_over()
    add_data_quality_types(quality)
    add_schedule_integration("glue", quality)
    add_pipeline_targets(api.call)
    fill_inputs()
    unreadable = _save_after_changes(saver, folder)
    return Emulator(
        records=records,
        endpoints=endpoints,
        components=components,
        jobs=list(jobs.values()),
        batch=batch,
        pipelines=pipelines,
        stacks=stacks,
        saver=saver,
        hosting=hosting,
        mlflow=mlflow,
        notebooks=notebooks,
        machines=machines,
        heartbeats=heartbeats,
        unreadable=unreadable,
    )


def _autoscaling_handler(autoscaling: ApplicationAutoScaling) -> hooks.Handler:
    async def handle(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        del method, path, query
        try:
            operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
            return json_response(200, autoscaling.call(operation, parsed_body(body)))
        except ServiceError as error:
            return error_response(error)

    return handle


def _save_after_changes(saver: Saver, folder: StateFolder) -> Sequence[str]:
    unreadable: list[str] = []

    def not_restored(service: str) -> None:
        kept = folder.set_aside(service)
        unreadable.append(f"the state of {service} could not be read, and begins anew; it is kept as {kept}")

    def observe(method: str, headers: Mapping[str, str], body: bytes) -> None:
        if changes_state(method, headers, body):
            saver.changed()

    hooks.observe_requests(observe)
    stack_hooks.observe_stack_events(lambda stack, kind, status: saver.changed())  # noqa: ARG005
    saved_state.replace_saving(saver.save_now, lambda: folder.current, not_restored)
    saved_state.keep_function_code()
    return unreadable
