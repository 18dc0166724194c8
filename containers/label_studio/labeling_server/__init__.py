"""Label Studio for a team of an AWS account: people of a Cognito pool, projects of S3."""
