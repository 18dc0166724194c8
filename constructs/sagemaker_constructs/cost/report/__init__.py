"""An estimate as a table, a page and JSON, and the command that writes them."""
