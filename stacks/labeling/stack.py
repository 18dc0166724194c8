"""What people label, and where their answers become a manifest."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from sagemaker_constructs.core.problems import Problem, reject
from sagemaker_constructs.labeling.ground_truth.labeling_definition import LabelingDefinition
from sagemaker_constructs.labeling.ground_truth.labeling_job import LabelingJob
from sagemaker_constructs.labeling.label_studio_project import LabelStudioProject
from sagemaker_constructs.labeling.labeling_input import LabelingInput
from sagemaker_constructs.labeling.labeling_people import LabelingPeople
from sagemaker_constructs.labeling.labeling_workforce import LabelingWorkforce
from sagemaker_constructs.labeling.open.label_studio_entrance import LabelStudioEntrance
from sagemaker_constructs.labeling.open.label_studio_server import LabelStudioServer
from sagemaker_constructs.labeling.work_team import WorkTeam, WorkTeamBase
from sagemaker_constructs.observability.alarms import Alarms
from sagemaker_constructs.observability.watchable import Watchable
from stacks.foundation.stack import FoundationStack
from stacks.labeling.settings import OUTPUT, LabelingSettings, LabelStudioSettings


class LabelingStack(Stack):
    """A project of Label Studio over the platform's bucket for data, or a job of Ground Truth."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: LabelingSettings,
        foundation: FoundationStack,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="What people label")
        self._settings = settings
        self._foundation = foundation
        data = foundation.data
        self._input = LabelingInput(data, settings.objects, manifest=settings.manifest, suffixes=settings.suffixes)
        if settings.engine == "ground_truth":
            self._job(f"/{stack_name}/labels")
            return
        project = LabelStudioProject(
            self,
            "Project",
            task=settings.task(),
            input=self._input,
            output=data,
            output_prefix=OUTPUT,
            people_per_object=settings.people_per_object,
            follow=True,
            budget=settings.budget(),
        )
        studio = self._server(project, settings.server) if settings.server else None
        watched: list[Watchable] = [project]
        if studio:
            watched.append(studio)
        Alarms(self, "Alarms", watched=watched, topic=foundation.alarms)
        CfnOutput(self, "LabelingTasks", value=project.inputs_prefix)
        CfnOutput(self, "LabelingAnswers", value=project.annotations_prefix)
        CfnOutput(self, "LabelingManifest", value=project.manifest_key)
        CfnOutput(self, "LabelingObjects", value=settings.objects)

    def _job(self, parameter_name: str) -> None:
        settings, data = self._settings, self._foundation.data
        definition = LabelingDefinition(
            self,
            "Definition",
            task=settings.task(),
            input=self._input,
            output=data,
            output_prefix=OUTPUT,
            team=self._team(),
            workers_per_object=settings.people_per_object,
            budget=settings.budget(),
            encryption_key=self._foundation.key,
        )
        LabelingJob(self, "Job", definition=definition, parameter_name=parameter_name, notify=self._foundation.alarms)
        CfnOutput(self, "LabelingParameters", value=parameter_name)

    def _team(self) -> WorkTeamBase:
        if self._settings.team_arn:
            return WorkTeam.from_arn(self, "Team", self._settings.team_arn)
        people = LabelingWorkforce(self, "People", removal_policy=self._foundation.removal_policy)
        team = WorkTeam(self, "Team", workforce=people, description=self._settings.question)
        CfnOutput(self, "LabelingPortal", value=people.sub_domain)
        CfnOutput(self, "LabelingGroup", value=team.group)
        return team

    def _server(self, project: LabelStudioProject, settings: LabelStudioSettings) -> LabelStudioServer | None:
        placement = self._foundation.placement
        if placement is None:
            reject(self, [Problem("network", "must be there for a Label Studio, got: none")])
            return None
        subnets = placement.subnet_ids
        people = LabelingPeople(self, "People", removal_policy=self._foundation.removal_policy)
        studio = LabelStudioServer(
            self,
            "Studio",
            projects=[project],
            people=people,
            entrance=LabelStudioEntrance(
                domain_name=settings.domain_name,
                certificate=acm.Certificate.from_certificate_arn(self, "Certificate", settings.certificate_arn),
                cidrs=settings.cidrs,
                internet_facing=bool(settings.public_subnet_ids),
            ),
            # Nothing asks in which zones they are.
            vpc=ec2.Vpc.from_vpc_attributes(
                self,
                "Vpc",
                vpc_id=settings.vpc_id,
                availability_zones=[f"{self.region}{letter}" for letter in "abcdefghijklmnop"[: len(subnets)]],
                private_subnet_ids=subnets,
                public_subnet_ids=list(settings.public_subnet_ids) or None,
            ),
            deletion_protection=False,
            encryption_key=self._foundation.key,
            removal_policy=self._foundation.removal_policy,
        )
        CfnOutput(self, "LabelingAddress", value=studio.load_balancer_dns_name)
        CfnOutput(self, "LabelingAnnotators", value=studio.annotators)
        CfnOutput(self, "LabelingManagers", value=studio.managers)
        return studio
