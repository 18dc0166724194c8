"""Types of services that are emulated here as a whole."""
