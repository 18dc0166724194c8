"""How long the commands of the README take."""
