"""A warning at synth where an endpoint does not fit its workload."""
