"""A template of another team, as hard as config/prod.yaml's: the SageMaker types that this one does not have."""

from collections.abc import Mapping
from typing import Any

_KEY = {"Fn::ImportValue": "ground:KeyArn"}
_SUBNETS = [{"Fn::ImportValue": "ground:SubnetA"}, {"Fn::ImportValue": "ground:SubnetB"}]
_GROUPS = [{"Fn::ImportValue": "ground:WorkloadGroup"}]
_VPC = {"Subnets": _SUBNETS, "SecurityGroupIds": _GROUPS}
_ROLE = {"Fn::GetAtt": ["Role", "Arn"]}
_IMAGE = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/monitor@sha256:" + "ab12" * 16}
_DATA = {"Fn::Sub": ["s3://${Bucket}/monitoring", {"Bucket": {"Fn::ImportValue": "ground:DataBucket"}}]}
_PRIVATE = {"EnableNetworkIsolation": True, "EnableInterContainerTrafficEncryption": True, "VpcConfig": _VPC}
_CLUSTER = {
    "ClusterConfig": {
        "InstanceCount": 2,
        "InstanceType": "ml.m5.large",
        "VolumeSizeInGB": 20,
        "VolumeKmsKeyId": _KEY,
    }
}
_OUTPUT = {
    "KmsKeyId": _KEY,
    "MonitoringOutputs": [{"S3Output": {"LocalPath": "/opt/ml/processing/output", "S3Uri": _DATA}}],
}
_INPUT = {
    "EndpointInput": {
        "EndpointName": "churn",
        "LocalPath": "/opt/ml/processing/input",
        "InferenceAttribute": "0",
        "ProbabilityAttribute": "1",
    }
}


def _monitor(kind: str) -> Mapping[str, Any]:
    """A monitoring job definition of a kind; two of the four also take ground truth."""
    asks = kind in ("ModelQuality", "ModelBias")
    application: dict[str, Any] = {"ImageUri": _IMAGE}
    if kind == "ModelQuality":
        application["ProblemType"] = "BinaryClassification"
    if kind in ("ModelBias", "ModelExplainability"):
        application["ConfigUri"] = _DATA
    return {
        "Type": f"AWS::SageMaker::{kind}JobDefinition",
        "Properties": {
            f"{kind}AppSpecification": application,
            f"{kind}JobInput": {**_INPUT, **({"GroundTruthS3Input": {"S3Uri": _DATA}} if asks else {})},
            f"{kind}JobOutputConfig": _OUTPUT,
            "JobResources": _CLUSTER,
            "NetworkConfig": _PRIVATE,
            "RoleArn": _ROLE,
            "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
        },
    }


RESOURCES: Mapping[str, Mapping[str, Any]] = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "sagemaker.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
                    }
                ],
            },
            "Policies": [
                {
                    "PolicyName": "Data",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": ["s3:GetObject", "s3:PutObject"],
                                "Resource": {
                                    "Fn::Join": ["", [{"Fn::ImportValue": "ground:DataArn"}, "/monitoring/*"]]
                                },
                            }
                        ],
                    },
                }
            ],
        },
    },
    "Scripts": {
        "Type": "AWS::SageMaker::NotebookInstanceLifecycleConfig",
        "Properties": {
            "OnStart": [
                {
                    "Content": {
                        "Fn::Base64": "#!/bin/bash\nset -euo pipefail\n"
                        "aws s3 cp s3://team-scripts/idle.py /opt/idle.py\npython3 /opt/idle.py --seconds 3600\n"
                    }
                }
            ]
        },
    },
    "Notebook": {
        "Type": "AWS::SageMaker::NotebookInstance",
        "Properties": {
            "DirectInternetAccess": "Disabled",
            "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
            "InstanceType": "ml.t3.medium",
            "KmsKeyId": _KEY,
            "LifecycleConfigName": {"Fn::GetAtt": ["Scripts", "NotebookInstanceLifecycleConfigName"]},
            "PlatformIdentifier": "notebook-al2023-v1",
            "RoleArn": _ROLE,
            "RootAccess": "Disabled",
            "SecurityGroupIds": _GROUPS,
            "SubnetId": _SUBNETS[0],
            "VolumeSizeInGB": 20,
        },
    },
    "Domain": {
        "Type": "AWS::SageMaker::Domain",
        "Properties": {
            "AppNetworkAccessType": "VpcOnly",
            "AuthMode": "IAM",
            "DomainName": "research",
            "KmsKeyId": _KEY,
            "SubnetIds": _SUBNETS,
            "VpcId": {"Fn::ImportValue": "ground:Vpc"},
            "DefaultUserSettings": {
                "ExecutionRole": _ROLE,
                "SecurityGroups": _GROUPS,
                "SharingSettings": {"NotebookOutputOption": "Disabled"},
                "JupyterLabAppSettings": {
                    "AppLifecycleManagement": {
                        "IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}
                    }
                },
                "CodeEditorAppSettings": {
                    "AppLifecycleManagement": {
                        "IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}
                    }
                },
            },
        },
    },
    "Person": {
        "Type": "AWS::SageMaker::UserProfile",
        "Properties": {
            "DomainId": {"Ref": "Domain"},
            "UserProfileName": "ann",
            "UserSettings": {"ExecutionRole": _ROLE, "SecurityGroups": _GROUPS},
        },
    },
    "StudioScript": {
        "Type": "AWS::SageMaker::StudioLifecycleConfig",
        "Properties": {
            "StudioLifecycleConfigAppType": "JupyterLab",
            "StudioLifecycleConfigName": "packages",
            "StudioLifecycleConfigContent": {
                "Fn::Base64": "#!/bin/bash\nset -eu\npip install --no-deps pandas==2.3.1\n"
            },
        },
    },
    "AppImage": {
        "Type": "AWS::SageMaker::AppImageConfig",
        "Properties": {"AppImageConfigName": "research", "Tags": [{"Key": "team", "Value": "research"}]},
    },
    "StudioImage": {
        "Type": "AWS::SageMaker::Image",
        "Properties": {
            "ImageName": "research",
            "ImageRoleArn": _ROLE,
            "Tags": [{"Key": "team", "Value": "research"}],
        },
    },
    "Tracking": {
        "Type": "AWS::SageMaker::MlflowTrackingServer",
        "Properties": {
            "TrackingServerName": "research",
            "ArtifactStoreUri": _DATA,
            "RoleArn": _ROLE,
            "AutomaticModelRegistration": False,
        },
    },
    "Features": {
        "Type": "AWS::SageMaker::FeatureGroup",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "FeatureGroupName": "customers",
            "RecordIdentifierFeatureName": "customer",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": [
                {"FeatureName": "customer", "FeatureType": "String"},
                {"FeatureName": "at", "FeatureType": "String"},
                {"FeatureName": "orders", "FeatureType": "Integral"},
            ],
            "OnlineStoreConfig": {
                "EnableOnlineStore": True,
                "SecurityConfig": {"KmsKeyId": _KEY},
                "StorageType": "Standard",
            },
            "OfflineStoreConfig": {
                "S3StorageConfig": {"S3Uri": _DATA, "KmsKeyId": _KEY},
                "DisableGlueTableCreation": False,
                "TableFormat": "Iceberg",
            },
            "RoleArn": _ROLE,
        },
    },
    "DataQuality": _monitor("DataQuality"),
    "ModelQuality": _monitor("ModelQuality"),
    "Bias": _monitor("ModelBias"),
    "Explainability": _monitor("ModelExplainability"),
    "Schedule": {
        "Type": "AWS::SageMaker::MonitoringSchedule",
        "Properties": {
            "MonitoringScheduleName": "hourly",
            "MonitoringScheduleConfig": {
                "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                "MonitoringJobDefinition": {
                    "MonitoringAppSpecification": {"ImageUri": _IMAGE},
                    "MonitoringInputs": [_INPUT],
                    "MonitoringOutputConfig": _OUTPUT,
                    "MonitoringResources": _CLUSTER,
                    "NetworkConfig": _PRIVATE,
                    "RoleArn": _ROLE,
                    "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
                },
            },
        },
    },
    "Comparison": {
        "Type": "AWS::SageMaker::InferenceExperiment",
        "Properties": {
            "Name": "challenger",
            "Type": "ShadowMode",
            "EndpointName": "churn",
            "RoleArn": _ROLE,
            "KmsKey": _KEY,
            "DataStorageConfig": {"Destination": _DATA, "KmsKey": _KEY},
            "ModelVariants": [
                {
                    "ModelName": name,
                    "VariantName": name,
                    "InfrastructureConfig": {
                        "InfrastructureType": "RealTimeInference",
                        "RealTimeInferenceConfig": {"InstanceType": "ml.c7i.large", "InstanceCount": 2},
                    },
                }
                for name in ("champion", "challenger")
            ],
            "ShadowModeConfig": {
                "SourceModelVariantName": "champion",
                "ShadowModelVariants": [{"ShadowModelVariantName": "challenger", "SamplingPercentage": 20}],
            },
        },
    },
    "Scorer": {
        "Type": "AWS::SageMaker::Model",
        "Properties": {
            "ExecutionRoleArn": _ROLE,
            "EnableNetworkIsolation": True,
            "VpcConfig": _VPC,
            "PrimaryContainer": {
                "Image": _IMAGE,
                "ModelDataUrl": {"Fn::Sub": "s3://models-${AWS::AccountId}/churn/model.tar.gz"},
                "Environment": {"LOG_LEVEL": "INFO", "SAGEMAKER_MODEL_SERVER_TIMEOUT": "60"},
            },
        },
    },
    "QueuedConfig": {
        "Type": "AWS::SageMaker::EndpointConfig",
        "Properties": {
            "KmsKeyId": _KEY,
            "AsyncInferenceConfig": {
                "OutputConfig": {
                    "KmsKeyId": _KEY,
                    "S3OutputPath": _DATA,
                    "S3FailurePath": _DATA,
                    "NotificationConfig": {"ErrorTopic": {"Fn::ImportValue": "ground:Failures"}},
                },
                "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4},
            },
            "ProductionVariants": [
                {
                    "VariantName": "AllTraffic",
                    "ModelName": {"Fn::GetAtt": ["Scorer", "ModelName"]},
                    "InstanceType": "ml.c7i.large",
                    "InitialInstanceCount": 2,
                    "InitialVariantWeight": 1,
                }
            ],
        },
    },
    "Queued": {
        "Type": "AWS::SageMaker::Endpoint",
        "Properties": {
            "EndpointConfigName": {"Fn::GetAtt": ["QueuedConfig", "EndpointConfigName"]},
            "RetainAllVariantProperties": True,
            "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            "DeploymentConfig": {
                "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "queued-errors"}]},
                "BlueGreenUpdatePolicy": {
                    "TerminationWaitInSeconds": 60,
                    "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300},
                },
            },
        },
    },
    "QueuedScaling": {
        "Type": "AWS::ApplicationAutoScaling::ScalableTarget",
        "Properties": {
            "MinCapacity": 0,
            "MaxCapacity": 4,
            "ResourceId": {
                "Fn::Join": ["", ["endpoint/", {"Fn::GetAtt": ["Queued", "EndpointName"]}, "/variant/AllTraffic"]]
            },
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
            "ServiceNamespace": "sagemaker",
        },
    },
    "QueuedBacklog": {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "PolicyName": "backlog",
            "PolicyType": "TargetTrackingScaling",
            "ScalingTargetId": {"Ref": "QueuedScaling"},
        },
    },
    "QueuedWakeUp": {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {
            "PolicyName": "wake-up",
            "PolicyType": "StepScaling",
            "ScalingTargetId": {"Ref": "QueuedScaling"},
        },
    },
    "QueuedLogs": {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": "/aws/sagemaker/Endpoints/${Queued.EndpointName}"},
            "RetentionInDays": 365,
        },
    },
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"ZipFile": "def handler(event, context): ..."},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": _ROLE,
            "Environment": {"Variables": {"ENDPOINT_NAME": "churn", "TOKEN_PARAMETER": "/churn/token"}},
        },
    },
    "Versions": {
        "Type": "AWS::SageMaker::ModelPackageGroup",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"ModelPackageGroupName": "churn"},
    },
}

TEMPLATE: Mapping[str, Any] = {"Resources": RESOURCES}
