"""Whether people of some groups are answered otherwise than the others."""
