"""What a run leaves: files and metrics of Model Monitor, and the history of runs."""
