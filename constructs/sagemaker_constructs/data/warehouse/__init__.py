"""Tables in Redshift, and what loads and queries them."""
