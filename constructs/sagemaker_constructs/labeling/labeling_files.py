"""The files that a labeling job reads: manifest, categories, page."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnResource, Token
from aws_cdk import aws_s3 as s3
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct
from sagemaker_constructs.core.library_function import LibraryFunction
from sagemaker_constructs.labeling.labeling_input import LabelingInput
from sagemaker_constructs.storage.object_access import bucket_facts, grant_write_objects


class LabelingFiles(BaseConstruct):
    """Writes the files below ``prefix`` of ``bucket`` when the stack is deployed, and refuses too many objects.

    Each content has a folder of its own, which stays when no stack has it any more: labels point at it. With
    ``follow``, there may be no object yet; without ``lists``, nobody looks for any, and there is no manifest.
    ``request`` is what another function is told that writes them again.

    Provisions: a ``Custom::SageMakerLabelingFiles``, and a function with role and logs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        input: LabelingInput,
        bucket: s3.IBucket,
        prefix: str,
        most_objects: int,
        categories: Sequence[str],
        page: str | None,
        audits: str,
        instructions: Mapping[str, str] | None,
        project: Mapping[str, str] | None = None,
        follow: bool = False,
        first: int | None = None,
        lists: bool = True,
    ) -> None:
        """``project`` are task and question of a project of Label Studio, whose tasks are written too."""
        super().__init__(scope, id)
        grants = Grants()
        input.grant_read(grants)
        grant_write_objects(bucket, grants, f"{prefix}/*")
        function = LibraryFunction(
            self,
            "Function",
            code="labeling",
            handler="handler.files",
            description=f"Lists what {self.path} labels",
            timeout_seconds=300,
            holds="It lists objects and writes the names of those that are to be labeled.",
            grants=grants,
        )
        self.request: Mapping[str, object] = {
            "Bucket": bucket_facts(bucket).name,
            "Prefix": prefix,
            "MostObjects": most_objects,
            "Categories": list(categories),
            **input.source(),
            **({"Page": page} if page else {}),
            **({"Audits": audits} if audits else {}),
            **(project or {}),
            **({"Instructions": dict(instructions)} if instructions else {}),
            **({"Follow": "true"} if follow else {}),
            **({"First": first} if first else {}),
            **({} if lists else {"Lists": "false"}),
        }
        files = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerLabelingFiles",
            properties={"ServiceToken": function.arn, **self.request},
        )
        self.manifest_url: str = Token.as_string(files.get_att("ManifestUrl"))
        self.categories_url: str = Token.as_string(files.get_att("CategoriesUrl"))
        self.folder: str = files.ref
        self.page_url: str = Token.as_string(files.get_att("PageUrl")) if page else ""
