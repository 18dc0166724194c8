"""The projects of S3, made when the server starts: nobody has to click them together.

``LABELING_PROJECTS`` lists them. ``folder`` holds ``tasks.json`` and ``configuration.xml``, ``annotations`` is where
answers are written, one object each, encrypted by ``key``. ``images`` is the bucket of what is shown. ``inputs`` is
where folders with more tasks may come, while the server runs.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labeling_server.sign_on import joined

OWNER = "projects@labeling.invalid"
"""Whose the projects are; nobody signs on with an address of this domain."""
_MINUTES = 60


@dataclass(frozen=True)
class Wanted:
    """A project as it is to be."""

    name: str
    folder: str
    annotations: str
    images: str = ""
    key: str = ""
    inputs: str = ""
    people: int = 1


def wanted() -> Iterator[Wanted]:
    """What the environment lists."""
    for each in json.loads(os.environ.get("LABELING_PROJECTS", "[]")):
        yield Wanted(**each)


def apply(project: Wanted) -> None:
    """Make the project, or bring it up to date; answers and tasks that are there stay."""
    from io_storages.s3.models import S3ExportStorage, S3ImportStorage
    from projects.models import Project

    owner = joined(OWNER)
    made, _ = Project.objects.get_or_create(
        title=project.name, organization=owner.active_organization, defaults={"created_by": owner}
    )
    bucket, prefix = _place(project.folder)
    # An address that is signed for another region is refused, and us-east-1 is what storages assume.
    region = {"region_name": os.environ["AWS_REGION"]}
    described = {**_SHOWN, **region}
    # Other tasks are in another folder: the storage moves there, as a second one would import all of them again.
    source, _ = S3ImportStorage.objects.update_or_create(
        project=made, title=_TASKS, defaults={**described, "bucket": bucket, "prefix": prefix}
    )
    configuration = source.get_client().get_object(Bucket=bucket, Key=f"{prefix}/configuration.xml")
    made.label_config = configuration["Body"].read().decode()
    made.maximum_annotations = project.people
    made.overlap_cohort_percentage = 100
    made.is_published = True
    # What a model proposes is chosen when people come to it; the name is that of our proposals.
    made.show_collab_predictions = True
    made.model_version = _PROPOSAL
    made.save()
    if project.images and project.images != bucket:
        # A storage signs addresses of its own bucket only; this one is never read for tasks.
        S3ImportStorage.objects.get_or_create(
            project=made, title="images", defaults={**described, "bucket": project.images}
        )
    bucket, prefix = _place(project.annotations)
    # Without a key, it would ask for S3's own encryption where the bucket's default is a key of KMS.
    encrypted = {"aws_sse_kms_key_id": project.key} if project.key else {}
    S3ExportStorage.objects.update_or_create(
        project=made, bucket=bucket, prefix=prefix, defaults={**region, **encrypted}
    )
    _import_new(made, source)


def _import_new(project: Any, source: Any) -> None:
    """Import the tasks of lines that the project does not have."""
    known = {_identity(data) for data in project.tasks.values_list("data", flat=True) if "line" in data}
    read = source.get_data

    def new(key: str) -> list[Any]:
        return [each for each in read(key) if _identity(each.task_data["data"]) not in known]

    source.get_data = new
    source.info_set_queued()
    source.scan_and_create_links()


def _identity(data: dict[str, Any]) -> str:
    return json.dumps(data["line"], sort_keys=True)


_TASKS = "tasks"
_PROPOSAL = "proposal"
_SHOWN: dict[str, Any] = {
    "regex_filter": r".*/tasks\.json",
    "use_blob_urls": False,
    # People's browsers fetch images from S3, by addresses that are good for an hour.
    "presign": True,
    "presign_ttl": _MINUTES,
}


def _place(url: str) -> tuple[str, str]:
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return bucket, prefix.strip("/")
