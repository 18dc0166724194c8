"""Services of others, played by real servers on this machine."""
