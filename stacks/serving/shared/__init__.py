"""An endpoint whose instances several inference components share."""
