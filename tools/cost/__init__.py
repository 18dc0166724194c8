"""What environments and typical configurations cost in a month."""
