"""The processing scripts that every image brings along."""
