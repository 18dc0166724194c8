"""What a template has in a month: each module counts the types of one subject."""
