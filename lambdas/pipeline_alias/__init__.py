"""Aliases of the versions of pipelines, as CloudFormation resources."""
