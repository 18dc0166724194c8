"""Rules about the network that models, jobs and notebooks are in."""
