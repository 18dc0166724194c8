"""Whatever may start a pipeline starts it here: once, in its turn, and with values that the pipeline takes."""
