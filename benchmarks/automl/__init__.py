"""AutoTabular and FLAML over the same rows, with the same seconds of CPU: ``python -m automl``."""
