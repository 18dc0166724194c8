"""Twelve bills that were worked out by hand, and must be met to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from sagemaker_constructs.cost.estimates import Bound, Use, estimate
from sagemaker_constructs.cost.prices.price_list import Price, PriceList, Tier

Resource = dict[str, Any]


def _resource(kind: str, **properties: Any) -> Resource:
    return {"Type": kind, "Properties": properties}


def _endpoint(*variants: Resource, **more: Any) -> Resource:
    return _resource("AWS::SageMaker::EndpointConfig", ProductionVariants=list(variants), **more)


def _variant(name: str = "Live", count: int = 1, kind: str = "ml.m5.large", **more: Any) -> Resource:
    return {"VariantName": name, "InstanceType": kind, "InitialInstanceCount": count, **more}


def _target(least: int, most: int, *actions: tuple[str, int, int]) -> Resource:
    return _resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        MinCapacity=least,
        MaxCapacity=most,
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        ResourceId={"Fn::Join": ["", ["endpoint/", {"Fn::GetAtt": ["Endpoint", "EndpointName"]}, "/variant/Live"]]},
        ScheduledActions=[
            {"Schedule": when, "ScalableTargetAction": {"MinCapacity": low, "MaxCapacity": high}}
            for when, low, high in actions
        ],
    )


SERVERLESS = {"VariantName": "Live", "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
HOST = "AmazonSageMaker/Host:ml.m5.large"
TUNING = (
    '{"HyperParameterTuningJobConfig":{"ResourceLimits":{"MaxNumberOfTrainingJobs":20}},"TrainingJobDefinition":'
    '{"RoleArn":"',
    {"Fn::GetAtt": ["Role", "Arn"]},
    '","EnableManagedSpotTraining":true,"ResourceConfig":{"InstanceType":"ml.m5.xlarge","InstanceCount":2}}}',
)
PIPELINE = (
    '{"Version":"2020-12-01","Steps":[{"Name":"Prepare","Type":"Processing","Arguments":{"ProcessingResources":'
    '{"ClusterConfig":{"InstanceType":"ml.m5.xlarge","InstanceCount":2}}}},{"Name":"Good","Type":"Condition",'
    '"Arguments":{"IfSteps":[{"Name":"Train","Type":"Training","Arguments":{"ResourceConfig":{"InstanceType":'
    '"ml.g5.xlarge","InstanceCount":1},"RoleArn":"${R}"}}],"ElseSteps":[]}}]}'
)

# Least, expected, and most; where use has no bound, the stated one is in both of the latter.
BILLS: dict[str, tuple[dict[str, Resource], dict[str, str | dict[str, str]], Use, tuple[str, str, str]]] = {
    # 2 instances x 730 h x 0.115 = 167.90
    "an endpoint of two instances": (
        {"Config": _endpoint(_variant(count=2))},
        {HOST: "0.115"},
        {},
        ("167.90", "167.90", "167.90"),
    ),
    # least 1 x 730 x 0.115 = 83.95; 2.5 of them in the mean = 209.875; most 4 x 730 x 0.115 = 335.80
    "an endpoint that scales, and is used": (
        {"Config": _endpoint(_variant()), "Target": _target(1, 4)},
        {HOST: "0.115"},
        {"S/Config": {"instances": 2.5}},
        ("83.95", "209.88", "335.80"),
    ),
    # From 07:00 to 19:00 two to four, else one: (12 x 2 + 12 x 1) / 24 = 1.5 in the mean, and
    # (12 x 4 + 12 x 1) / 24 = 2.5 at most: 1.5 x 730 x 0.115 = 125.925; 2.5 x 730 x 0.115 = 209.875
    "an endpoint with office hours": (
        {
            "Config": _endpoint(_variant()),
            "Target": _target(1, 4, ("cron(0 7 * * ? *)", 2, 4), ("cron(0 19 * * ? *)", 1, 1)),
        },
        {HOST: "0.115"},
        {},
        ("125.93", "125.93", "209.88"),
    ),
    # Shadow and live: 730 x 0.115 + 730 x 1.408 = 83.95 + 1027.84 = 1,111.79; volumes 50 GB x 0.14 = 7.00
    "a shadow test on a GPU with a volume": (
        {
            "Config": _endpoint(
                _variant(), ShadowProductionVariants=[_variant("Shadow", kind="ml.g5.xlarge", VolumeSizeInGB=50)]
            )
        },
        {HOST: "0.115", "AmazonSageMaker/Host:ml.g5.xlarge": "1.408", "AmazonSageMaker/Host:VolumeUsage.gp2": "0.14"},
        {},
        ("1118.79", "1118.79", "1118.79"),
    ),
    # 1,000,000 x 80 ms = 80,000 s of 2 GB x 0.00004 = 3.20
    "a serverless endpoint": (
        {"Config": _endpoint(SERVERLESS)},
        {"AmazonSageMaker/ServerlessInf:Mem-2GB": "0.00004"},
        {"S/*": {"requests": 1_000_000, "milliseconds": 80}},
        ("0.00", "3.20", "3.20"),
    ),
    # Asleep but for 0.25 instances in the mean: 0.25 x 730 x 0.23 = 41.975; at most 3 x 730 x 0.23 = 503.70;
    # 100 GB in and 20 GB out x 0.02 = 2.40, which has no bound and is at most what is stated: 503.70 + 2.40
    "an asynchronous endpoint that sleeps": (
        {
            "Config": _endpoint(_variant(kind="ml.m5.xlarge"), AsyncInferenceConfig={"OutputConfig": {}}),
            "Target": _target(0, 3),
        },
        {"AmazonSageMaker/Host:ml.m5.xlarge": "0.23", "AmazonSageMaker/Host:Data-Bytes": "0.02"},
        {"S/Config": {"instances": 0.25, "gigabytes_in": 100, "gigabytes_out": 20}},
        ("0.00", "44.38", "506.10"),
    ),
    # 160 h x 0.05 = 8.00, at most 730 h = 36.50; its volume 20 GB x 0.14 = 2.80 all the time
    "a notebook of one data scientist": (
        {"Notebook": _resource("AWS::SageMaker::NotebookInstance", InstanceType="ml.t3.medium", VolumeSizeInGB=20)},
        {"AmazonSageMaker/Notebk:ml.t3.medium": "0.05", "AmazonSageMaker/Notebk:VolumeUsage.gp2": "0.14"},
        {"S/Notebook": {"hours": 160}},
        ("2.80", "10.80", "39.30"),
    ),
    # 4 runs x 20 jobs x 2 instances x 0.5 h x 0.09 = 7.20
    "a tuning job on Spot, each week": (
        {"Tune": _resource("Custom::SageMakerHyperParameterTuningJob", Request={"Fn::Join": ["", list(TUNING)]})},
        {"AmazonSageMaker/TrSpt:ml.m5.xlarge": "0.09"},
        {"S/Tune": {"runs": 4, "minutes": 30}},
        ("0.00", "7.20", "7.20"),
    ),
    # 30 runs of 10 minutes: 5 h x 2 x 0.23 + 5 h x 1.408 = 2.30 + 7.04 = 9.34
    "a pipeline, each night": (
        {
            "Pipeline": _resource(
                "AWS::SageMaker::Pipeline",
                PipelineDefinition={"PipelineDefinitionBody": {"Fn::Sub": [PIPELINE, {"R": {"Ref": "Role"}}]}},
            )
        },
        {"AmazonSageMaker/Processing:ml.m5.xlarge": "0.23", "AmazonSageMaker/Train:ml.g5.xlarge": "1.408"},
        {"S/Pipeline": {"runs": 30, "minutes": 10}},
        ("0.00", "9.34", "9.34"),
    ),
    # 2 endpoints x 3 zones x 730 h x 0.01 = 43.80; NAT 730 x 0.045 = 32.85 and its address 730 x 0.005 = 3.65;
    # 120 GB through one endpoint x 0.01 = 1.20
    "a private network": (
        {
            **{
                name: _resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b", "c"])
                for name in ("Logs", "Api")
            },
            "Files": _resource("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway"),
            "Nat": _resource("AWS::EC2::NatGateway"),
            "Address": _resource("AWS::EC2::EIP"),
        },
        {
            "AmazonVPC/VpcEndpoint-Hours/VpcEndpoint": "0.01",
            "AmazonVPC/VpcEndpoint-Bytes/VpcEndpoint": "0.01",
            "AmazonEC2/NatGateway-Hours/NatGateway": "0.045",
            "AmazonVPC/PublicIPv4:InUseAddress": "0.005",
        },
        {"S/Api": {"gigabytes": 120}},
        ("80.30", "81.50", "81.50"),
    ),
    # 3 alarms of one metric, one of two metrics and one of a band: 3 + 2 + 3 = 8, and 2 of target tracking:
    # 10 x 0.10 = 1.00; a high-resolution one 0.30; a composite one 0.50
    "alarms": (
        {
            **{str(number): _resource("AWS::CloudWatch::Alarm", Period=60) for number in range(3)},
            "Ratio": _resource(
                "AWS::CloudWatch::Alarm",
                Metrics=[{"Id": each, "MetricStat": {"Period": 300}} for each in "ab"] + [{"Expression": "a / b"}],
            ),
            "Band": _resource(
                "AWS::CloudWatch::Alarm",
                Metrics=[{"MetricStat": {"Period": 300}}, {"Expression": "ANOMALY_DETECTION_BAND(m, 2)"}],
            ),
            "Fast": _resource("AWS::CloudWatch::Alarm", Period=10),
            "Both": _resource("AWS::CloudWatch::CompositeAlarm"),
            "Tracking": _resource("AWS::ApplicationAutoScaling::ScalingPolicy", PolicyType="TargetTrackingScaling"),
            "Steps": _resource("AWS::ApplicationAutoScaling::ScalingPolicy", PolicyType="StepScaling"),
        },
        {
            "AmazonCloudWatch/CW:AlarmMonitorUsage": "0.10",
            "AmazonCloudWatch/CW:HighResAlarmMonitorUsage": "0.30",
            "AmazonCloudWatch/CW:CompositeAlarmMonitorUsage": "0.50",
        },
        {},
        ("1.80", "1.80", "1.80"),
    ),
    # Tiers are those of both buckets together: 60,000 GB = 51,200 x 0.023 + 8,800 x 0.022 = 1,177.60 + 193.60;
    # functions: 3,000,000 x 200 ms x 0.5 GB = 300,000 GB-s x 0.0000133334 = 4.00002, and requests 0.60
    "storage in tiers, and functions": (
        {
            "A": _resource("AWS::S3::Bucket"),
            "B": _resource("AWS::S3::Bucket"),
            "F": _resource("AWS::Lambda::Function", MemorySize=512, Architectures=["arm64"]),
        },
        {
            "AmazonS3/TimedStorage-ByteHrs": {"0": "0.023", "51200": "0.022"},
            "AWSLambda/Lambda-GB-Second-ARM": "0.0000133334",
            "AWSLambda/Request-ARM": "0.0000002",
        },
        {
            "S/[AB]": {"gigabytes": 30_000},
            "S/F": {"requests": 3_000_000, "milliseconds": 200},
        },
        ("0.00", "1375.80", "1375.80"),
    ),
}


@pytest.mark.parametrize("bill", BILLS)
def test_a_bill_is_met_to_the_cent(bill: str) -> None:
    resources, usd, use, expected = BILLS[bill]
    found = estimate({"S": {"Resources": resources}}, _prices(usd), use)
    assert tuple(found.usd(bound) for bound in Bound) == tuple(map(Decimal, expected))
    assert {item.key for item in found.unpriced(Bound.EXPECTED)} == set()


def _prices(usd: dict[str, str | dict[str, str]]) -> PriceList:
    prices: dict[str, Price] = {}
    for key, each in usd.items():
        tiers = each if isinstance(each, dict) else {"0": each}
        read = tuple(Tier(Decimal(start), Decimal(price)) for start, price in tiers.items())
        prices[key] = Price(key, "units", read, "2026-11-30", "on paper")
    return PriceList("us-east-1", prices)
