"""Studio for a team, beside the platform's data."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.observability.alarms import Alarms
from sagemaker_constructs.workbench.studio_backstop import StudioBackstop
from sagemaker_constructs.workbench.studio_domain import StudioDomain
from sagemaker_constructs.workbench.studio_space import StudioSpace
from sagemaker_constructs.workbench.studio_user import StudioUser
from stacks.foundation.stack import FoundationStack
from stacks.workbench.studio.settings import StudioSettings


class StudioStack(Stack):
    """A domain with its people, retained like the platform's other data: people's work is in its spaces."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: StudioSettings,
        foundation: FoundationStack,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="Studio beside the data")
        removal = foundation.removal_policy
        vpc_id = settings.vpc_id or foundation.vpc_id
        if foundation.placement is None or vpc_id is None:
            raise ValueError("a domain of Studio is in a VPC, which the settings have judged before")
        domain = StudioDomain(
            self,
            "Studio",
            vpc_id=vpc_id,
            placement=foundation.placement,
            sign_in=settings.sign_in,
            internet=settings.internet,
            encryption_key=foundation.key,
            readable=[foundation.data] if settings.data else [],
            idle_for=minutes(settings.idle_minutes),
            idle_for_at_most=minutes(settings.idle_minutes_at_most),
            volume_gb=settings.volume_gb,
            largest_volume_gb=settings.largest_volume_gb,
            removal_policy=removal,
        )
        people = {
            each.name: StudioUser(
                self,
                f"Person-{each.name}",
                domain=domain,
                name=each.name,
                sso_user=each.sso_user,
                removal_policy=removal,
            )
            for each in settings.people
        }
        for index, space in enumerate(settings.spaces, 1):
            StudioSpace(
                self,
                f"Space{index}",
                owner=people[space.owner],
                title=space.title,
                application=space.application,
                shared=space.shared,
                instance_type=space.instance_type,
                volume_gb=space.volume_gb,
                idle_for=minutes(space.idle_minutes) if space.idle_minutes else None,
                removal_policy=removal,
            )
        if settings.longest_hours is not None:
            after = minutes(settings.longest_hours * 60)
            backstop = StudioBackstop(self, "Backstop", domain=domain, after=after, dry_run=settings.dry_run)
            Alarms(self, "Alarms", watched=[backstop], topic=foundation.alarms)
            CfnOutput(self, "StudioBackstopFunction", value=backstop.function_arn)
        CfnOutput(self, "StudioDomain", value=domain.domain_id)
