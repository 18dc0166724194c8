"""The JSON of pipelines, read without the CDK: its steps, what they take and give, and what refers to what."""
