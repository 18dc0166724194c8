"""The instances of a compute environment: their role and how they start."""

import base64

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.access.service_role import service_role
from sagemaker_constructs.core.base_construct import BaseConstruct

_BOUNDARY = "==part=="
_USER_DATA = f"""MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="{_BOUNDARY}"

--{_BOUNDARY}
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
echo ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true >> /etc/ecs/ecs.config

--{_BOUNDARY}--
"""
_CHOSEN = "Batch names its cluster and instances when it makes them."


class InstanceFleet(BaseConstruct):
    """What each instance of a compute environment has: a role that only joins clusters, IMDSv2, an encrypted volume.

    Images are pulled and logs written by the execution role of a job, so that the instances need neither right. Their
    volume of ``volume_gib`` is encrypted with the account's key for EBS: with a key of one's own, the service-linked
    roles of Auto Scaling and Spot would have to be let into its policy.

    Provisions: ``AWS::IAM::Role``, ``AWS::IAM::InstanceProfile`` and ``AWS::EC2::LaunchTemplate``.

    See https://docs.aws.amazon.com/batch/latest/userguide/instance_IAM_role.html and
    https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
    """

    def __init__(self, scope: Construct, id: str, *, volume_gib: int) -> None:
        super().__init__(scope, id)
        grants = Grants()
        grants.allow(
            "ecs:DeregisterContainerInstance",
            "ecs:RegisterContainerInstance",
            "ecs:SubmitAttachmentStateChanges",
            "ecs:SubmitContainerStateChange",
            "ecs:SubmitTaskStateChange",
            on=self.location.arn("ecs", "cluster", name="*"),
            because=_CHOSEN,
        )
        grants.allow(
            "ecs:Poll",
            "ecs:StartTelemetrySession",
            "ecs:UpdateContainerInstancesState",
            on=self.location.arn("ecs", "container-instance", name="*"),
            because=_CHOSEN,
        )
        grants.allow(
            "ecs:DiscoverPollEndpoint",
            "ec2:DescribeTags",
            on="*",
            because="Neither call is available for a single resource.",
        )
        role = service_role(
            self,
            service="ec2.amazonaws.com",
            description=f"Joins the clusters of Batch for {self.path}",
            grants=grants,
        )
        profile = iam.CfnInstanceProfile(self, "Profile", roles=[role.ref])
        self.profile_arn: str = profile.attr_arn
        disk = {"encrypted": True, "volumeSize": volume_gib, "volumeType": "gp3", "deleteOnTermination": True}
        template = ec2.CfnLaunchTemplate(
            self,
            "Template",
            launch_template_data={
                "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": disk}],
                "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
                "userData": base64.b64encode(_USER_DATA.encode()).decode(),
            },
        )
        self.template: dict[str, str] = {
            "launchTemplateId": template.ref,
            "version": template.attr_latest_version_number,
        }
