"""Steps on clusters and applications of EMR."""
