"""The report for people: one file, which asks nothing of any server and runs nothing."""
