"""Who may do what: roles and the grants that make their policies."""
