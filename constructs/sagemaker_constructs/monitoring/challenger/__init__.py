"""A challenger against the champion, on the requests of production."""
