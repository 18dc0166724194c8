"""SageMaker jobs as CloudFormation resources."""
