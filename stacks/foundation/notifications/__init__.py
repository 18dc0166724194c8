"""Who is told of the platform's alarms, beside those who get them by e-mail as they are."""
