"""A Label Studio of one's own: the server, its database, and how people reach it."""
