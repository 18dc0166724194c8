"""Starts the runs of a drift monitor, reads their reports, and tells what came of them."""
