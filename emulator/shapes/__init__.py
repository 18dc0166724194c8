"""What every emulated API is driven by: botocore's shapes, their validation, pages and errors."""
