"""The registry of models, and what follows an approval."""
