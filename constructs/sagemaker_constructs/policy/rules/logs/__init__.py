"""Rules about logs: how long they are kept, and what is in them."""
