"""A notebook instance beside the platform's data."""

from pathlib import PurePosixPath

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from sagemaker_constructs.core.durations import minutes
from sagemaker_constructs.workbench.git_repository import GitRepository
from sagemaker_constructs.workbench.notebook_instance import NotebookInstance
from sagemaker_constructs.workbench.notebook_lifecycle import NotebookLifecycle
from sagemaker_constructs.workbench.office_hours import OfficeHours
from sagemaker_constructs.workbench.scripts.lifecycle_script import LifecycleScript
from sagemaker_constructs.workbench.scripts.mounted_bucket import MountedBucket
from sagemaker_constructs.workbench.scripts.notebook_kernel import NotebookKernel
from sagemaker_constructs.workbench.scripts.package_mirror import PackageMirror
from sagemaker_constructs.workbench.scripts.stop_when_idle import StopWhenIdle
from stacks.foundation.stack import FoundationStack
from stacks.workbench.notebook.settings import NotebookSettings, RepositorySettings


class NotebookStack(Stack):
    """One instance with its lifecycle, retained like the platform's other data: people's work is on its volume."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: NotebookSettings,
        foundation: FoundationStack,
        stack_name: str,
        **around: object,
    ) -> None:
        del around
        super().__init__(scope, id, stack_name=stack_name, description="A notebook instance beside the data")
        removal = foundation.removal_policy
        lifecycle = NotebookLifecycle(
            self, "Lifecycle", on_start=_scripts(settings, foundation), removal_policy=removal
        )
        hours = settings.office_hours
        notebook = NotebookInstance(
            self,
            "Notebook",
            placement=foundation.placement,
            instance_type=settings.instance_type,
            volume_gb=settings.volume_gb,
            encryption_key=foundation.key,
            lifecycle=lifecycle,
            repositories=[self._repository(index, each) for index, each in enumerate(settings.repositories, 1)],
            office_hours=OfficeHours(stop=hours.stop, start=hours.start, time_zone=hours.time_zone)
            if hours
            else None,
            removal_policy=removal,
        )
        CfnOutput(self, "NotebookName", value=notebook.name)

    def _repository(self, number: int, settings: RepositorySettings) -> GitRepository:
        if settings.secret is None:
            return GitRepository(settings.url)
        secret = secretsmanager.Secret.from_secret_name_v2(self, f"Secret{number}", settings.secret)
        return GitRepository(settings.url, secret=secret)


def _scripts(settings: NotebookSettings, foundation: FoundationStack) -> list[LifecycleScript]:
    scripts: list[LifecycleScript] = []
    if settings.idle_minutes is not None:
        scripts.append(StopWhenIdle(after=minutes(settings.idle_minutes)))
    if settings.package_mirror is not None:
        scripts.append(PackageMirror(settings.package_mirror))
    if settings.data:
        scripts.append(MountedBucket(foundation.data, folder="data"))
    scripts += [NotebookKernel(PurePosixPath(each).name, lock=each) for each in settings.kernels]
    return scripts
