"""Container images: own, from ECR, or owned by AWS."""
