"""Debugger, for existing customers: rules on the tensors of a training job."""
