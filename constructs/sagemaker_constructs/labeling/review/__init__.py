"""What a model says, looked at by people: Amazon A2I's human loops, and answers that are not sure enough."""
