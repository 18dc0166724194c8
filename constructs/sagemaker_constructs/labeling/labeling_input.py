"""What is labeled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_s3 as s3

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.problems import Problem
from sagemaker_constructs.storage.object_access import bucket_facts, grant_read_objects


@dataclass(frozen=True)
class LabelingInput:
    """The objects of ``bucket`` below ``prefix``, listed when the stack is deployed, or those that a manifest lists.

    ``suffixes`` keep the objects whose names end so. ``manifest`` is the key of a manifest: a JSON object on each
    line, with ``source-ref`` or ``source``; an augmented manifest is one too, so that jobs follow one another. What
    it points to lies below ``prefix``. Another ``version`` lists again, which starts another job if objects have come
    or gone.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/sms-input-data-input-manifest.html
    """

    bucket: s3.IBucket
    prefix: str
    manifest: str | None = None
    suffixes: Sequence[str] = ()
    version: str = ""

    def problems(self) -> Iterator[Problem | None]:
        """What is wrong with it."""
        if self.manifest and self.suffixes:
            yield Problem("suffixes", "is for objects that are listed, and a manifest is given, got both")

    def grant_read(self, grants: Grants) -> None:
        """Allow reading the objects, and the manifest that lists them."""
        grant_read_objects(self.bucket, grants, f"{self.prefix.strip('/')}/*")
        if self.manifest:
            grant_read_objects(self.bucket, grants, self.manifest)

    def source(self) -> dict[str, object]:
        """What the function is told that writes or checks the manifest."""
        return {
            "SourceBucket": bucket_facts(self.bucket).name,
            "SourcePrefix": f"{self.prefix.strip('/')}/",
            **({"SourceManifest": self.manifest} if self.manifest else {}),
            **({"Suffixes": list(self.suffixes)} if self.suffixes else {}),
            **({"Version": self.version} if self.version else {}),
        }
