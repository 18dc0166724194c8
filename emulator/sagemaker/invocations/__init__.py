"""Invocations: to which container, its answer, streams, queues."""
