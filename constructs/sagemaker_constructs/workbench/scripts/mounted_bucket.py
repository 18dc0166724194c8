"""Objects of S3 as files."""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.problems import Problem, matches
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects, grant_write_objects
from sagemaker_constructs.workbench.scripts.lifecycle_script import HOME, LifecycleParts, LifecycleScript


@dataclass(frozen=True)
class MountedBucket(LifecycleScript):
    """The objects of ``bucket`` below ``prefix`` as files in ``folder`` of JupyterLab's home, by Mountpoint for S3.

    Mountpoint is AWS's own, comes from Amazon Linux's repository, which is reached through S3, and refuses what S3
    cannot do instead of imitating it: new files are written from beginning to end, none is changed or renamed.
    They are read only unless ``writable``; none can be deleted either way.

    The role may list and read the objects below ``prefix``, and write them if ``writable``.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/mountpoint.html
    """

    bucket: s3.IBucket
    folder: str
    prefix: str = ""
    writable: bool = False

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with its arguments."""
        yield matches("folder", self.folder, r"[A-Za-z0-9][A-Za-z0-9_-]*", "one name of letters, digits, - and _")
        words = "empty, or letters, digits and -_.=/ without a slash first"
        yield matches("prefix", self.prefix, r"([A-Za-z0-9][A-Za-z0-9_.=/-]*)?", words)

    def text(self, parts: LifecycleParts) -> str:
        """Its lines; ``parts`` gets the rights on the objects."""
        prefix = f"{self.prefix.strip('/')}/" if self.prefix else ""
        grant_read_objects(self.bucket, parts.grants, f"{prefix}*")
        if self.writable:
            grant_write_objects(self.bucket, parts.grants, f"{prefix}*")
        place = f"{HOME}/{self.folder}"
        options = ["--allow-other", '--uid "$(id -u ec2-user)"', '--gid "$(id -g ec2-user)"']
        options += [f"--region {parts.location.region}"]
        options += [f"--prefix {prefix}"] if prefix else []
        options += [] if self.writable else ["--read-only"]
        return (
            "command -v mount-s3 > /dev/null || dnf install --assumeyes --quiet mount-s3\n"
            f"install --directory --owner=ec2-user --group=ec2-user {place}\n"
            f"mount-s3 {bucket_facts(self.bucket).name} {place} {' '.join(options)}\n"
        )
