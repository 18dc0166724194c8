"""What the monitor of `containers/monitor` costs, and what it finds, beside its peers."""
