"""An endpoint with many models, added by upload."""
