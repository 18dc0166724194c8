"""Rules on jobs that have an operation of their own: transform, labeling, Glue."""
