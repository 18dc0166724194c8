"""Rules about the scripts that notebook instances and Studio applications begin with."""
