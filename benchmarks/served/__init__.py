"""What runs in the environment of containers/tabular: the models and the least that a request can cost."""
