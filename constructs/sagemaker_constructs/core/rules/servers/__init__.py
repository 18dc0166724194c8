"""Rules of servers that an account runs for its people."""
