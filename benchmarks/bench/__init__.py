"""Our serving process beside its peers: CPU per request, throughput, latency, the contract."""
