"""What CloudFormation refuses of templates and change sets."""
