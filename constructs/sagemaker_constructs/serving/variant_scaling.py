"""Autoscaling of one variant's instances."""

from aws_cdk import Duration
from aws_cdk import aws_applicationautoscaling as autoscaling
from constructs import Construct

from sagemaker_constructs.core.validation import positive, reject
from sagemaker_constructs.serving.variant import Variant


class VariantScaling(Construct):
    """The scalable target of a variant; policies are added by its methods.

    Provisions: one ``AWS::ApplicationAutoScaling::ScalableTarget``, and a ``ScalingPolicy`` per method call.
    Application Auto Scaling acts through its service-linked role.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
    """

    def __init__(self, scope: Construct, id: str, *, endpoint_name: str, variant: Variant) -> None:
        """``endpoint_name``: the token of the endpoint resource, so that the endpoint exists first."""
        super().__init__(scope, id)
        self._target = autoscaling.CfnScalableTarget(
            self,
            "Target",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=f"endpoint/{endpoint_name}/variant/{variant.name}",
            min_capacity=variant.instances.minimum,
            max_capacity=variant.instances.limit,
        )

    def on_invocations(
        self, *, per_instance_per_minute: float, scale_in_cooldown: Duration, scale_out_cooldown: Duration
    ) -> None:
        """Keep ``InvocationsPerInstance`` near ``per_instance_per_minute``."""
        reject(self, [positive("per_instance_per_minute", per_instance_per_minute)])
        autoscaling.CfnScalingPolicy(
            self,
            "OnInvocations",
            policy_name=f"{self.node.id}OnInvocations",
            policy_type="TargetTrackingScaling",
            scaling_target_id=self._target.attr_id,
            target_tracking_scaling_policy_configuration={
                "predefinedMetricSpecification": {"predefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
                "targetValue": per_instance_per_minute,
                "scaleInCooldown": scale_in_cooldown.to_seconds(),
                "scaleOutCooldown": scale_out_cooldown.to_seconds(),
            },
        )
