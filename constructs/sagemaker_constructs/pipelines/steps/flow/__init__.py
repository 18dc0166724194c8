"""Steps that decide, repeat, call out and clean up."""
