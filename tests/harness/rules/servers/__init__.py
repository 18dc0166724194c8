"""Cases of the rules of servers."""
