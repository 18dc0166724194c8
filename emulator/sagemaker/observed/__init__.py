"""What invocations leave behind: captured data, metrics, logs."""
