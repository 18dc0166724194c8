"""The code of one of the library's Lambda functions."""

from aws_cdk import IgnoreMode
from aws_cdk import aws_lambda as lambda_

from sagemaker_constructs.core.asset_directory import asset_root


def function_code(name: str) -> lambda_.AssetCode:
    """``lambdas/<name>`` and ``lambdas/common``, as an asset whose hash depends on their contents only."""
    return lambda_.Code.from_asset(
        str(asset_root()),
        ignore_mode=IgnoreMode.GIT,
        exclude=[
            "/*",
            "!/lambdas",
            "/lambdas/*",
            "!/lambdas/__init__.py",
            "!/lambdas/common",
            f"!/lambdas/{name}",
            "__pycache__",
            "*.pyc",
        ],
    )
