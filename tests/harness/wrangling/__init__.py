"""Flows of Data Wrangler, as its pages write them."""
