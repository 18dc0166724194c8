"""A challenger against the champion: of a shadow test, row by row, or of variants that share the requests."""
