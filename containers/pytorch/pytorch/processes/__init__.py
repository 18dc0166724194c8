"""The processes of a training: started on every machine, and ended together."""
