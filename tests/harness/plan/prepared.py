"""Forty changes, and what CloudFormation does about each; tests/emulator deploys them all.

``IMAGE`` stands for an image that serves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.aws_clients import ROLE
from harness.deployed_stack import reference, resource

Resources = Mapping[str, Any]

RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


@dataclass(frozen=True)
class PreparedChange:
    """Resources before and after, and what has to be said.

    ``replaced``, ``updated`` and ``deleted`` are logical ids. ``data`` and ``serving`` have logical id and kind of
    each risk and interruption. ``refused`` is the rule, and empty for what is deployed. ``importer`` is another
    stack, which imports an export of the first: then ``exported`` is what it exports.
    """

    name: str
    before: Resources
    after: Resources
    replaced: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    serving: tuple[tuple[str, str], ...] = ()
    refused: str = ""
    exported: Resources = field(default_factory=dict[str, Any])
    importer: Resources = field(default_factory=dict[str, Any])


def _model(**properties: Any) -> dict[str, Any]:
    return resource(
        "SageMaker::Model", **{"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": "IMAGE"}, **properties}
    )


def _config(*variants: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    """A configuration whose variants host components, so that an endpoint is in service at once."""
    return resource(
        "SageMaker::EndpointConfig", ExecutionRoleArn=ROLE, ProductionVariants=list(variants), **properties
    )


def _variant(name: str = "main", instance_type: str = "ml.c7i.large", **more: Any) -> dict[str, Any]:
    return {"VariantName": name, "InstanceType": instance_type, "InitialInstanceCount": 2, **more}


def _endpoint(**properties: Any) -> dict[str, Any]:
    return resource(
        "SageMaker::Endpoint", **{"EndpointConfigName": reference("Config", "EndpointConfigName"), **properties}
    )


def _scaled(variant: str = "main") -> dict[str, Any]:
    return resource(
        "ApplicationAutoScaling::ScalableTarget",
        ServiceNamespace="sagemaker",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        ResourceId={"Fn::Sub": f"endpoint/${{Endpoint.EndpointName}}/variant/{variant}"},
        MinCapacity=2,
        MaxCapacity=4,
    )


def _group(name: str, *features: tuple[str, str], **properties: Any) -> dict[str, Any]:
    described = [("customer", "String"), ("at", "String"), *features]
    return resource(
        "SageMaker::FeatureGroup",
        **{
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "customer",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": [{"FeatureName": each, "FeatureType": kind} for each, kind in described],
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "RoleArn": ROLE,
            **properties,
        },
    )


def _notebook(**properties: Any) -> dict[str, Any]:
    return resource("SageMaker::NotebookInstance", **{"InstanceType": "ml.t3.medium", "RoleArn": ROLE, **properties})


def _role(*actions: str, **properties: Any) -> dict[str, Any]:
    trusted = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "arn:aws:s3:::planned-data/*"}
    return resource(
        "IAM::Role",
        AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [trusted]},
        Policies=[{"PolicyName": "Data", "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}],
        **properties,
    )


def _bucket(**properties: Any) -> dict[str, Any]:
    return resource("S3::Bucket", **properties)


def _expiring(days: int) -> dict[str, Any]:
    return _bucket(LifecycleConfiguration={"Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": days}]})


def _pipeline(name: str, value: str) -> dict[str, Any]:
    step = f'{{"Name": "Stop", "Type": "Fail", "Arguments": {{"ErrorMessage": "{value}"}}}}'
    return resource(
        "SageMaker::Pipeline",
        PipelineName=name,
        PipelineDefinition={
            "PipelineDefinitionBody": f'{{"Version": "2020-12-01", "Parameters": [], "Steps": [{step}]}}'
        },
        RoleArn=ROLE,
    )


def _table(**properties: Any) -> dict[str, Any]:
    return resource(
        "DynamoDB::Table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **properties,
    )


def _repository(secret: str) -> dict[str, Any]:
    return resource(
        "SageMaker::CodeRepository", GitConfig={"RepositoryUrl": "https://example.com/code", "SecretArn": secret}
    )


def _machine(kind: str) -> dict[str, Any]:
    return resource(
        "StepFunctions::StateMachine",
        DefinitionString='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
        RoleArn=ROLE,
        StateMachineType=kind,
    )


_AT_ONCE = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
_GUARDED = {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": _AT_ONCE}}
_SERVING = {"Config": _config(_variant()), "Endpoint": _endpoint()}

PREPARED: Sequence[PreparedChange] = (
    PreparedChange(
        "another model behind an endpoint",
        {
            "Model": _model(),
            "Config": resource(
                "SageMaker::EndpointConfig",
                ProductionVariants=[_variant(ModelName=reference("Model", "ModelName"), InitialInstanceCount=1)],
            ),
            "Endpoint": _endpoint(),
        },
        {
            "Model": _model(PrimaryContainer={"Image": "IMAGE", "Environment": {"MARK": "second"}}),
            "Config": resource(
                "SageMaker::EndpointConfig",
                ProductionVariants=[_variant(ModelName=reference("Model", "ModelName"), InitialInstanceCount=1)],
            ),
            "Endpoint": _endpoint(),
        },
        replaced=("Model", "Config"),
        updated=("Endpoint",),
        serving=(("Endpoint", "rolls"),),
    ),
    PreparedChange(
        "a model that nobody serves",
        {"Model": _model(EnableNetworkIsolation=False)},
        {"Model": _model(EnableNetworkIsolation=True)},
        replaced=("Model",),
    ),
    PreparedChange(
        "another instance type",
        _SERVING,
        {**_SERVING, "Config": _config(_variant(instance_type="ml.c7i.xlarge"))},
        replaced=("Config",),
        updated=("Endpoint",),
        serving=(("Endpoint", "rolls"),),
    ),
    PreparedChange(
        "another key for the volumes",
        _SERVING,
        {**_SERVING, "Config": _config(_variant(), KmsKeyId="alias/planned")},
        replaced=("Config",),
        updated=("Endpoint",),
        serving=(("Endpoint", "rolls"),),
    ),
    PreparedChange(
        "another name of the endpoint",
        {**_SERVING, "Endpoint": _endpoint(EndpointName="planned-before")},
        {**_SERVING, "Endpoint": _endpoint(EndpointName="planned-after")},
        replaced=("Endpoint",),
        serving=(("Endpoint", "blinks"),),
    ),
    PreparedChange(
        "another tag of the endpoint",
        _SERVING,
        {**_SERVING, "Endpoint": _endpoint(Tags=[{"Key": "team", "Value": "churn"}])},
        updated=("Endpoint",),
    ),
    PreparedChange(
        "the endpoint goes",
        _SERVING,
        {"Config": _SERVING["Config"]},
        deleted=("Endpoint",),
        serving=(("Endpoint", "ends"),),
    ),
    PreparedChange(
        "a variant is added",
        _SERVING,
        {**_SERVING, "Config": _config(_variant(), _variant("second"))},
        replaced=("Config",),
        updated=("Endpoint",),
        serving=(("Endpoint", "rolls"),),
    ),
    PreparedChange(
        "a larger notebook",
        {"Notebook": _notebook()},
        {"Notebook": _notebook(InstanceType="ml.t3.large")},
        updated=("Notebook",),
    ),
    PreparedChange(
        "a notebook without root",
        {"Notebook": _notebook(RootAccess="Enabled")},
        {"Notebook": _notebook(RootAccess="Disabled")},
        updated=("Notebook",),
    ),
    PreparedChange(
        "a notebook with another key",
        {"Notebook": _notebook()},
        {"Notebook": _notebook(KmsKeyId="alias/planned")},
        replaced=("Notebook",),
        data=(("Notebook", "lost"),),
    ),
    PreparedChange(
        "another script of notebooks",
        {
            "Scripts": resource(
                "SageMaker::NotebookInstanceLifecycleConfig", OnStart=[{"Content": "IyEvYmluL2Jhc2gKZWNobyAxCg=="}]
            ),
            "Notebook": _notebook(LifecycleConfigName=reference("Scripts", "NotebookInstanceLifecycleConfigName")),
        },
        {
            "Scripts": resource(
                "SageMaker::NotebookInstanceLifecycleConfig", OnStart=[{"Content": "IyEvYmluL2Jhc2gKZWNobyAyCg=="}]
            ),
            "Notebook": _notebook(LifecycleConfigName=reference("Scripts", "NotebookInstanceLifecycleConfigName")),
        },
        updated=("Scripts",),
    ),
    PreparedChange(
        "one more feature",
        {"Group": _group("planned-more")},
        {"Group": _group("planned-more", ("orders", "Integral"))},
        updated=("Group",),
    ),
    PreparedChange(
        "a group of another name",
        {"Group": _group("planned-group-before")},
        {"Group": _group("planned-group-after")},
        replaced=("Group",),
        data=(("Group", "lost"),),
    ),
    PreparedChange(
        "a retained group of another name",
        {"Group": {**_group("planned-kept-before"), **RETAINED}},
        {"Group": {**_group("planned-kept-after"), **RETAINED}},
        replaced=("Group",),
        data=(("Group", "left behind"),),
    ),
    PreparedChange(
        "another definition of a pipeline",
        {"Pipeline": _pipeline("planned-flow", "first")},
        {"Pipeline": _pipeline("planned-flow", "second")},
        updated=("Pipeline",),
    ),
    PreparedChange(
        "another name of a pipeline",
        {"Pipeline": _pipeline("planned-flow-before", "first")},
        {"Pipeline": _pipeline("planned-flow-after", "first")},
        replaced=("Pipeline",),
    ),
    PreparedChange(
        "another secret of a repository",
        {"Code": _repository("arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonSageMaker-a")},
        {"Code": _repository("arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonSageMaker-b")},
        updated=("Code",),
    ),
    PreparedChange(
        "a role of another path, with its model",
        {
            "Role": _role("s3:GetObject"),
            "Model": _model(ExecutionRoleArn=reference("Role", "Arn")),
        },
        {
            "Role": _role("s3:GetObject", Path="/models/"),
            "Model": _model(ExecutionRoleArn=reference("Role", "Arn")),
        },
        replaced=("Role", "Model"),
    ),
    PreparedChange(
        "a role may write",
        {"Role": _role("s3:GetObject")},
        {"Role": _role("s3:GetObject", "s3:PutObject")},
        updated=("Role",),
    ),
    PreparedChange(
        "a bucket of another name",
        {"Data": _bucket(BucketName="planned-bucket-before")},
        {"Data": _bucket(BucketName="planned-bucket-after")},
        replaced=("Data",),
        data=(("Data", "lost"),),
    ),
    PreparedChange(
        "a retained bucket of another name",
        {"Data": {**_bucket(BucketName="planned-kept-bucket-before"), **RETAINED}},
        {"Data": {**_bucket(BucketName="planned-kept-bucket-after"), **RETAINED}},
        replaced=("Data",),
        data=(("Data", "left behind"),),
    ),
    PreparedChange(
        "objects expire sooner",
        {"Data": _expiring(90)},
        {"Data": _expiring(7)},
        updated=("Data",),
        data=(("Data", "expires"),),
    ),
    PreparedChange(
        "the bucket goes",
        {"Data": _bucket(), "Topic": resource("SNS::Topic")},
        {"Topic": resource("SNS::Topic")},
        deleted=("Data",),
        data=(("Data", "lost"),),
    ),
    PreparedChange(
        "the retained bucket goes",
        {"Data": {**_bucket(), **RETAINED}, "Topic": resource("SNS::Topic")},
        {"Topic": resource("SNS::Topic")},
        deleted=("Data",),
        data=(("Data", "left behind"),),
    ),
    PreparedChange(
        "logs are kept for a week",
        {"Logs": resource("Logs::LogGroup", RetentionInDays=365)},
        {"Logs": resource("Logs::LogGroup", RetentionInDays=7)},
        updated=("Logs",),
        data=(("Logs", "expires"),),
    ),
    PreparedChange(
        "a queue becomes another",
        {"Queue": resource("SQS::Queue", QueueName="planned-queue-before")},
        {"Queue": resource("SQS::Queue", QueueName="planned-queue-after")},
        replaced=("Queue",),
        data=(("Queue", "lost"),),
    ),
    PreparedChange(
        "a table becomes another",
        {"Table": _table(TableName="planned-table-before")},
        {"Table": _table(TableName="planned-table-after")},
        replaced=("Table",),
        data=(("Table", "lost"),),
    ),
    PreparedChange(
        "a state machine becomes express",
        {"Machine": _machine("STANDARD")},
        {"Machine": _machine("EXPRESS")},
        replaced=("Machine",),
    ),
    # What is refused
    PreparedChange(
        "a named model changes",
        {"Model": _model(ModelName="planned-named")},
        {"Model": _model(ModelName="planned-named", EnableNetworkIsolation=True)},
        refused="a-named-resource-is-not-replaced",
    ),
    PreparedChange(
        "a group changes its identifier",
        {"Group": _group("planned-identifier", ("account", "String"))},
        {"Group": _group("planned-identifier", ("account", "String"), RecordIdentifierFeatureName="account")},
        refused="a-named-resource-is-not-replaced",
    ),
    PreparedChange(
        "a feature goes",
        {"Group": _group("planned-fewer", ("orders", "Integral"))},
        {"Group": _group("planned-fewer")},
        refused="features-are-only-added",
    ),
    PreparedChange(
        "a feature of another type",
        {"Group": _group("planned-other", ("orders", "Integral"))},
        {"Group": _group("planned-other", ("orders", "String"))},
        refused="features-are-only-added",
    ),
    PreparedChange(
        "a variant that scales gets another type",
        {**_SERVING, "Scaling": _scaled()},
        {**_SERVING, "Config": _config(_variant(instance_type="ml.c7i.xlarge")), "Scaling": _scaled()},
        refused="scaled-variants-stay-as-they-are",
    ),
    PreparedChange(
        "a variant of another name",
        {**_SERVING, "Endpoint": _endpoint(DeploymentConfig=_GUARDED)},
        {"Config": _config(_variant("other")), "Endpoint": _endpoint(DeploymentConfig=_GUARDED)},
        refused="deployments-keep-the-names-of-variants",
    ),
    PreparedChange(
        "two variants of one name",
        _SERVING,
        {**_SERVING, "Config": _config(_variant(), _variant())},
        refused="variants-have-unique-names",
    ),
    PreparedChange(
        "a notebook on the system before",
        {"Topic": resource("SNS::Topic")},
        {"Topic": resource("SNS::Topic"), "Notebook": _notebook(PlatformIdentifier="notebook-al2-v3")},
        refused="notebooks-run-on-amazon-linux-2023",
    ),
    PreparedChange(
        "local disks with a key",
        _SERVING,
        {**_SERVING, "Config": _config(_variant(instance_type="ml.g5.xlarge"), KmsKeyId="alias/planned")},
        refused="endpoints-with-local-disks-take-no-key",
    ),
    PreparedChange(
        "a named group of packages is described otherwise",
        {"Group": resource("SageMaker::ModelPackageGroup", ModelPackageGroupName="planned-packages")},
        {
            "Group": resource(
                "SageMaker::ModelPackageGroup",
                ModelPackageGroupName="planned-packages",
                ModelPackageGroupDescription="Churn",
            )
        },
        refused="a-named-resource-is-not-replaced",
    ),
    PreparedChange(
        "an export that is in use",
        {"Topic": resource("SNS::Topic", TopicName="planned-topic-before")},
        {"Topic": resource("SNS::Topic", TopicName="planned-topic-after")},
        refused="exports-in-use-stay",
        exported={"Topic": {"Value": {"Ref": "Topic"}, "Export": {"Name": "planned:topic"}}},
        importer={"Pointer": resource("SSM::Parameter", Type="String", Value={"Fn::ImportValue": "planned:topic"})},
    ),
)
