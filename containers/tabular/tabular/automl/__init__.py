"""AutoTabular: the search for the best model of a table, and the pages that explain what it has found."""
