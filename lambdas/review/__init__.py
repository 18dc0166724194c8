"""People who look at what a model is not sure of."""
