"""A job of Clarify, defined once."""

from collections.abc import Mapping

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.names import physical_name
from sagemaker_constructs.core.places import Location, path_of
from sagemaker_constructs.core.problems import InvalidInput, within
from sagemaker_constructs.core.templates.closed_services import closed_service
from sagemaker_constructs.core.tokens import is_token
from sagemaker_constructs.data.processing_definition import ProcessingDefinition
from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.data.processing_output import ProcessingOutput
from sagemaker_constructs.images.model_image import ModelImage
from sagemaker_constructs.monitoring.clarify.clarify_analysis import ClarifyAnalysis
from sagemaker_constructs.monitoring.clarify.clarify_folders import (
    ClarifyConfiguration,
    ClarifyResults,
    ClarifyRows,
)
from sagemaker_constructs.monitoring.monitor_baseline import MonitorBaseline
from sagemaker_constructs.network.vpc_placement import VpcPlacement

CLOSED = closed_service("Clarify").words
_LONGEST_PREFIX = 40


class ClarifyDefinition(ProcessingDefinition):
    """Computes bias or explains predictions, for accounts that used Clarify before it was closed to new customers.

    ``rows`` are the data set, ``analysis`` says what is computed of it, and the results are left at ``output``:
    ``analysis.json``, a report, and what each method leaves. A job (``ProcessingJob``), on a schedule, or a step of a
    pipeline: ``ProcessingStep``, or ``ClarifyCheckStep`` to compare with an earlier version. ``baseline`` is what a
    ``ModelMonitor`` compares with.

    A model that is asked is served by an endpoint that Clarify makes for the time of the job, with a name that begins
    with ``endpoint_prefix``; ``role`` (default: a new one) may make, ask and delete such endpoints and no others, or
    ask the one that ``analysis`` names. As Clarify calls SageMaker for it, the container is not in network isolation.

    ``instance_type``, ``instance_count``, ``volume_gib``, ``placement``, ``max_runtime``, ``encryption_key`` and
    ``tags`` are those of ``ProcessingDefinition``.

    Provisions: the configuration as an asset, an ``AWS::IAM::Role`` unless ``role`` is given, and nothing that runs.
    Warns as ``sagemaker-constructs:closed-service``.
    Raises ``InvalidInput`` for a configuration that Clarify's schema does not allow, metrics that it does not have,
    and what ``ProcessingDefinition`` refuses.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        rows: ProcessingInput,
        analysis: ClarifyAnalysis,
        output: ProcessingOutput,
        instance_type: str = "ml.m5.xlarge",
        instance_count: int = 1,
        encryption_key: kms.IKey | None = None,
        volume_gib: int = 30,
        placement: VpcPlacement | None = None,
        max_runtime: Duration | None = None,
        role: iam.IRole | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        if found := [*within("analysis.config", analysis.problems())]:
            raise InvalidInput(f"{path_of(scope)}/{id}", found)
        files = BaseConstruct(scope, f"{id}Files")
        own = physical_name(files, _LONGEST_PREFIX)
        self.endpoint_prefix: str = str(analysis.predictor.get("endpoint_name_prefix", own))
        grants = Grants()
        grant_predictor(files.location, analysis, self.endpoint_prefix, grants)
        more = {} if "endpoint_name" in analysis.predictor else {"endpoint_name_prefix": self.endpoint_prefix}
        file = analysis.asset(files, "Analysis", **more)
        super().__init__(
            scope,
            id,
            image=ModelImage.from_framework("clarify", scope="processing", version="1.0"),
            instance_type=instance_type,
            inputs={
                "dataset": ClarifyRows(rows.bucket, rows.prefix, rows.distribution),
                "analysis_config": ClarifyConfiguration(file.bucket, file.key),
            },
            outputs={"analysis_result": ClarifyResults(output.bucket, output.prefix)},
            encryption_key=encryption_key,
            instance_count=instance_count,
            volume_gib=volume_gib,
            placement=placement,
            network_isolation=False,
            max_runtime=max_runtime,
            role=role,
            tags=tags,
        )
        if grants:
            self.execution_role.allow(self, "Predictor", grants)
        self.baseline: MonitorBaseline = MonitorBaseline.of_clarify(output.bucket, output.prefix)
        Annotations.of(self).add_warning_v2("sagemaker-constructs:closed-service", f"{self.path}: {CLOSED}")


def grant_predictor(location: Location, analysis: ClarifyAnalysis, prefix: str, grants: Grants) -> None:
    """Allow asking the endpoint that ``analysis`` names, or making one of its model under a name with ``prefix``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-run.html
    """
    given = analysis.predictor
    if not given:
        return
    named = given.get("endpoint_name")
    endpoints, configurations = (
        location.arn("sagemaker", kind, name=_in_arns(named) if named else f"{prefix}*")
        for kind in ("endpoint", "endpoint-config")
    )
    ask = ("sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint")
    if named:
        grants.allow(*ask, on=endpoints)
        return
    made = ("sagemaker:CreateEndpoint", "sagemaker:DeleteEndpoint", "sagemaker:AddTags")
    configured = tuple(f"sagemaker:{verb}EndpointConfig" for verb in ("Create", "Describe", "Delete"))
    because = "Clarify names the endpoint of its job; the name begins with this prefix."
    grants.allow(*ask, *made, on=endpoints, because=because)
    grants.allow(*configured, "sagemaker:CreateEndpoint", "sagemaker:AddTags", on=configurations, because=because)
    grants.allow("sagemaker:DescribeModel", on=location.arn("sagemaker", "model", name=_in_arns(given["model_name"])))


def _in_arns(name: object) -> str:
    """A name as SageMaker writes it in ARNs; of a token, its own letters."""
    text = str(name)
    return text if is_token(text) else text.lower()
