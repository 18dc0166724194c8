"""Tables over the objects of a platform, and where they are queried."""
