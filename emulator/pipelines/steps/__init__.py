"""What carries out the steps of each type; `runners.py` is the table."""
