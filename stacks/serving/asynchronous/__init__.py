"""An endpoint that takes its requests from S3 and answers there."""
