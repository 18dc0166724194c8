"""What a domain of Studio outlives: its applications, spaces and user profiles."""

from aws_cdk import CfnResource
from constructs import Construct

from sagemaker_constructs.core.access.grants import Grants
from sagemaker_constructs.core.base_construct import BaseConstruct, singleton
from sagemaker_constructs.core.library_function import LibraryFunction

_ID = "SageMakerStudioRelease"


class StudioRelease(BaseConstruct):
    """Deletes, when it is deleted, every application, space and user profile of a domain, and waits for each.

    A domain with any of them cannot be deleted, and people make spaces and applications at run time. A deletion that
    takes more than 14 minutes fails with the names of what is left, and can be repeated.

    Provisions: one custom resource; and once per stack an ``AWS::Lambda::Function`` that runs at deployment, with a
    role that may delete what belongs to domains, and a log group.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/gs-studio-delete-domain.html
    """

    def __init__(self, scope: Construct, id: str, *, domain_id: str) -> None:
        super().__init__(scope, id)
        function = singleton(self, _ID, _releasing_function)
        grants = Grants()
        because = "Spaces and applications have the names that people gave them, in this one domain."
        for kind, resource in (("App", "app"), ("Space", "space"), ("UserProfile", "user-profile")):
            arn = self.location.arn("sagemaker", resource, name=f"{domain_id}/*")
            grants.allow(f"sagemaker:Delete{kind}", on=arn, because=because)
        function.allow(grants)
        self.resource: CfnResource = CfnResource(
            self,
            "Resource",
            type="Custom::SageMakerStudioRelease",
            properties={"ServiceToken": function.arn, "DomainId": domain_id},
        )


def _releasing_function(scope: Construct, id: str) -> LibraryFunction:
    grants = Grants()
    grants.allow(
        "sagemaker:ListApps",
        "sagemaker:ListSpaces",
        "sagemaker:ListUserProfiles",
        on="*",
        because="Lists are not available for a single resource.",
    )
    return LibraryFunction(
        scope,
        id,
        code="studio_release",
        handler="handler.handler",
        description="Deletes what belongs to a domain of Studio before the domain",
        timeout_seconds=900,
        holds="It deletes what belongs to a domain, and holds no data.",
        grants=grants,
        grows=True,
    )
