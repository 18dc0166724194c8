"""Forty variants that were written from AWS's documentation before there was a rule, and that no rule is tuned to.

Do not change one when a rule misses it: the test states how many are found. What is learnt from them goes into
``tests/harness/policy/prepared.py``.
"""

from collections.abc import Sequence

from harness.policy.variant import ABSENT, CLOUDFORMATION, GUIDE, IAM, SECURITY_HUB, Replaced, Variant

_CONTROLS = f"{SECURITY_HUB}/sagemaker-controls.html"
_OTHERS = {"Effect": "Allow", "Principal": {"AWS": "*"}}

HELD_OUT: Sequence[Variant] = (
    # Endpoints
    Variant(
        "one instance of a variant",
        "AWS::SageMaker::EndpointConfig",
        "ProductionVariants[0].InitialInstanceCount",
        1,
        f"{_CONTROLS}#sagemaker-4",
        stack="real-time",
        told_at=("AWS::SageMaker::EndpointConfig", "AWS::SageMaker::Endpoint"),
    ),
    Variant(
        "captured requests without a key",
        "AWS::SageMaker::EndpointConfig",
        "DataCaptureConfig.KmsKeyId",
        ABSENT,
        f"{GUIDE}/model-monitor-data-capture-endpoint.html",
        stack="real-time",
    ),
    Variant(
        "a key for volumes of an instance type that has local disks",
        "AWS::SageMaker::EndpointConfig",
        "ProductionVariants[0].InstanceType",
        "ml.g5.xlarge",
        f"{CLOUDFORMATION}/aws-resource-sagemaker-endpointconfig.html",
        stack="real-time",
        told_at=("AWS::SageMaker::EndpointConfig",),
    ),
    Variant(
        "nobody scales the endpoint",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "",
        ABSENT,
        f"{GUIDE}/endpoint-auto-scaling.html",
        stack="real-time",
        told_at=("AWS::SageMaker::Endpoint", "AWS::SageMaker::EndpointConfig"),
    ),
    Variant(
        "a deployment without alarms that take it back",
        "AWS::SageMaker::Endpoint",
        "DeploymentConfig.AutoRollbackConfiguration",
        ABSENT,
        f"{GUIDE}/deployment-guardrails.html",
        stack="real-time",
    ),
    Variant(
        "asynchronous answers without a key",
        "AWS::SageMaker::EndpointConfig",
        "AsyncInferenceConfig.OutputConfig.KmsKeyId",
        ABSENT,
        f"{GUIDE}/async-inference-create-endpoint.html",
        stack="research",
    ),
    Variant(
        "two shadow variants",
        "AWS::SageMaker::EndpointConfig",
        "ShadowProductionVariants",
        [
            {
                "VariantName": name,
                "ModelName": {"Fn::GetAtt": ["Model0301700E", "ModelName"]},
                "InstanceType": "ml.c7i.large",
                "InitialInstanceCount": 2,
            }
            for name in ("Shadow", "Second")
        ],
        f"{GUIDE}/shadow-tests.html",
        stack="real-time",
        told_at=("AWS::SageMaker::EndpointConfig",),
    ),
    # Models
    Variant(
        "a container that reaches the internet",
        "AWS::SageMaker::Model",
        "EnableNetworkIsolation",
        False,
        f"{_CONTROLS}#sagemaker-5",
    ),
    Variant("a model outside of a VPC", "AWS::SageMaker::Model", "VpcConfig", ABSENT, f"{GUIDE}/host-vpc.html"),
    Variant(
        "the image of the day",
        "AWS::SageMaker::Model",
        "PrimaryContainer.Image",
        {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.us-east-1.${AWS::URLSuffix}/churn:latest"},
        "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
    ),
    Variant(
        "a password in the model's environment",
        "AWS::SageMaker::Model",
        "PrimaryContainer.Environment",
        {"FEATURE_DB_PASSWORD": "correct-horse-battery-staple"},
        f"{GUIDE}/security-best-practices.html",
    ),
    # Roles
    Variant(
        "everything of SageMaker by AWS's own policy",
        "AWS::IAM::Role",
        "ManagedPolicyArns",
        ["arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"],
        f"{GUIDE}/security-iam-awsmanpol.html",
        stack="real-time",
        named="ModelExecutionRole",
    ),
    Variant(
        "a role that SageMaker takes on for any account",
        "AWS::IAM::Role",
        "AssumeRolePolicyDocument.Statement[0].Condition",
        ABSENT,
        f"{GUIDE}/security-confused-deputy-prevention.html",
        stack="training",
        named="DefinitionExecutionRole",
    ),
    Variant(
        "a role that anybody takes on",
        "AWS::IAM::Role",
        "AssumeRolePolicyDocument.Statement[0].Principal",
        {"AWS": "*"},
        f"{IAM}/confused-deputy.html",
        stack="real-time",
        named="ModelExecutionRole",
    ),
    Variant(
        "all actions of SageMaker on everything",
        "AWS::IAM::Policy",
        "PolicyDocument.Statement.+",
        {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"},
        f"{GUIDE}/security_iam_id-based-policy-examples.html",
        stack="batch-transform",
    ),
    Variant(
        "a job's role that passes any role",
        "AWS::IAM::Policy",
        "PolicyDocument.Statement.+",
        {"Effect": "Allow", "Action": ["iam:GetRole", "iam:PassRole"], "Resource": ["*"]},
        f"{IAM}/id_roles_use_passrole.html",
        stack="training",
    ),
    Variant(
        "all but IAM is allowed",
        "AWS::IAM::Role",
        "Policies[0].PolicyDocument.Statement.+",
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        f"{IAM}/reference_policies_elements_notaction.html",
        stack="real-time",
        named="ModelExecutionRole",
    ),
    Variant(
        "all buckets of the account",
        "AWS::IAM::Policy",
        "PolicyDocument.Statement.+",
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "s3:Put*"], "Resource": "arn:aws:s3:::*"},
        f"{IAM}/best-practices.html",
        stack="real-time",
    ),
    Variant(
        "a URL into the Studio of everybody",
        "AWS::IAM::Role",
        "Policies[0].PolicyDocument.Statement.+",
        {"Effect": "Allow", "Action": "sagemaker:CreatePresignedDomainUrl", "Resource": "*"},
        f"{GUIDE}/security_iam_id-based-policy-examples.html",
        stack="research",
    ),
    # Buckets, keys and images
    Variant(
        "a bucket policy may be public",
        "AWS::S3::Bucket",
        "PublicAccessBlockConfiguration.RestrictPublicBuckets",
        False,
        f"{SECURITY_HUB}/s3-controls.html#s3-8",
        named="SageMakerArtifacts",
    ),
    Variant(
        "the data bucket without a key",
        "AWS::S3::Bucket",
        "BucketEncryption",
        ABSENT,
        f"{SECURITY_HUB}/s3-controls.html#s3-17",
        named="SageMakerData",
    ),
    Variant(
        "data over connections without encryption",
        "AWS::S3::BucketPolicy",
        "PolicyDocument.Statement[0]",
        ABSENT,
        f"{SECURITY_HUB}/s3-controls.html#s3-5",
        named="DataBucketPolicy",
    ),
    Variant(
        "everybody reads the data",
        "AWS::S3::BucketPolicy",
        "PolicyDocument.Statement.+",
        {
            **_OTHERS,
            "Action": "s3:GetObject",
            "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["SageMakerData81FE458F", "Arn"]}, "/*"]]},
        },
        f"{SECURITY_HUB}/s3-controls.html#s3-2",
        named="DataBucketPolicy",
    ),
    Variant(
        "a key for ever",
        "AWS::KMS::Key",
        "EnableKeyRotation",
        False,
        f"{SECURITY_HUB}/kms-controls.html#kms-4",
    ),
    Variant(
        "everybody decrypts",
        "AWS::KMS::Key",
        "KeyPolicy.Statement.+",
        {**_OTHERS, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"},
        f"{SECURITY_HUB}/kms-controls.html#kms-5",
    ),
    Variant(
        "images are overwritten",
        "AWS::ECR::Repository",
        "ImageTagMutability",
        "MUTABLE",
        f"{SECURITY_HUB}/ecr-controls.html#ecr-2",
    ),
    # Network
    Variant(
        "everybody reaches the workloads",
        "AWS::EC2::SecurityGroup",
        "SecurityGroupIngress",
        [{"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080}],
        f"{SECURITY_HUB}/ec2-controls.html#ec2-18",
        named="NetworkWorkload",
    ),
    # Jobs
    Variant(
        "a training container that reaches the internet",
        "Custom::SageMakerTrainingJob",
        "Request",
        Replaced('"EnableNetworkIsolation":true', '"EnableNetworkIsolation":false'),
        f"{GUIDE}/mkt-algo-model-internet-free.html",
    ),
    Variant(
        "the volumes of nightly jobs without a key",
        "AWS::Scheduler::Schedule",
        "Target.Input",
        Replaced('"VolumeKmsKeyId"', '"Unused"'),
        f"{GUIDE}/encryption-at-rest-nbi.html",
    ),
    # Workbench
    Variant(
        "a notebook beside the VPC on the internet",
        "AWS::SageMaker::NotebookInstance",
        "DirectInternetAccess",
        "Enabled",
        f"{_CONTROLS}#sagemaker-1",
    ),
    Variant(
        "a notebook that answers IMDSv1",
        "AWS::SageMaker::NotebookInstance",
        "InstanceMetadataServiceConfiguration",
        ABSENT,
        f"{GUIDE}/nbi-imds.html",
    ),
    Variant(
        "a script from the internet, run as root",
        "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        "OnStart[0].Content",
        {"Fn::Base64": "#!/bin/bash\ncurl -fsSL https://example.com/setup.sh | sudo bash\n"},
        f"{GUIDE}/notebook-lifecycle-config.html",
    ),
    Variant(
        "a Studio on the internet",
        "AWS::SageMaker::Domain",
        "AppNetworkAccessType",
        "PublicInternetOnly",
        f"{GUIDE}/studio-notebooks-and-internet-access.html",
    ),
    Variant(
        "shared output of notebooks without a key",
        "AWS::SageMaker::Domain",
        "DefaultUserSettings.SharingSettings",
        {"NotebookOutputOption": "Allowed", "S3OutputPath": "s3://shared-notebooks/output"},
        f"{CLOUDFORMATION}/aws-properties-sagemaker-domain-sharingsettings.html",
    ),
    # Features, monitoring, experiments
    Variant(
        "online features without a key",
        "AWS::SageMaker::FeatureGroup",
        "OnlineStoreConfig.SecurityConfig",
        ABSENT,
        f"{_CONTROLS}#sagemaker-18",
    ),
    Variant(
        "bias is looked for over plain connections",
        "AWS::SageMaker::ModelBiasJobDefinition",
        "NetworkConfig.EnableInterContainerTrafficEncryption",
        False,
        f"{_CONTROLS}#sagemaker-15",
    ),
    Variant(
        "a schedule whose container reaches the internet",
        "AWS::SageMaker::MonitoringSchedule",
        "MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig.EnableNetworkIsolation",
        ABSENT,
        f"{_CONTROLS}#sagemaker-14",
    ),
    Variant(
        "an experiment without a key for its volumes",
        "AWS::SageMaker::InferenceExperiment",
        "KmsKey",
        ABSENT,
        f"{_CONTROLS}#sagemaker-23",
    ),
    # The front door and what runs behind it
    Variant(
        "an API for everybody",
        "AWS::ApiGateway::Method",
        "AuthorizationType",
        "NONE",
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html",
    ),
    Variant(
        "logs that are kept for ever",
        "AWS::Logs::LogGroup",
        "RetentionInDays",
        ABSENT,
        f"{SECURITY_HUB}/cloudwatch-controls.html#cloudwatch-16",
    ),
)
