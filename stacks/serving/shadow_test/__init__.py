"""An endpoint with a variant that answers, and one in its shadow."""
