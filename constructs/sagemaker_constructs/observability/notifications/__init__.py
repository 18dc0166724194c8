"""Who is told of alarms, in which way, and when they sleep."""
