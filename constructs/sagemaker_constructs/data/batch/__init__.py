"""Jobs of AWS Batch: where they wait, what they run on, and what they are."""
