"""Tables over objects in S3, and what queries them."""
