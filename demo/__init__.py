"""``make demo``: the platform deployed, trained, served and invoked on this machine, without an AWS account."""
