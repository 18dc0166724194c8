"""The models, instances and shares of traffic behind an endpoint."""
