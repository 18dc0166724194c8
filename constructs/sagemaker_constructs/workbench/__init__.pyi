"""Where people work: notebook instances, with scripts that run when they start, and Studio."""

from .git_repository import GitRepository as GitRepository
from .notebook_instance import NotebookInstance as NotebookInstance
from .notebook_lifecycle import NotebookLifecycle as NotebookLifecycle
from .office_hours import OfficeHours as OfficeHours
from .scripts.lifecycle_script import LifecycleScript as LifecycleScript
from .scripts.mounted_bucket import MountedBucket as MountedBucket
from .scripts.notebook_kernel import NotebookKernel as NotebookKernel
from .scripts.package_mirror import PackageMirror as PackageMirror
from .scripts.shell_script import ShellScript as ShellScript
from .scripts.stop_when_idle import StopWhenIdle as StopWhenIdle
from .studio_backstop import StudioBackstop as StudioBackstop
from .studio_domain import StudioDomain as StudioDomain
from .studio_release import StudioRelease as StudioRelease
from .studio_space import StudioSpace as StudioSpace
from .studio_user import StudioUser as StudioUser
