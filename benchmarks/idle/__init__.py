"""Our program that stops idle notebook instances, and AWS's sample, beside the same Jupyter server."""
