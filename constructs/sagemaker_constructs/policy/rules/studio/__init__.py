"""Rules about Studio: domains, people, images."""
