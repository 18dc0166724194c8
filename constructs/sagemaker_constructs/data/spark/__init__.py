"""Spark without a cluster, on EMR Serverless."""
