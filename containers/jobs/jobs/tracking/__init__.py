"""Tracking a training in MLflow: by the address that the job's environment names, or not at all."""
