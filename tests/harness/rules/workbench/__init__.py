"""Cases of where people work: notebook instances and Studio."""
