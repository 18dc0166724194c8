"""Values that an execution fills in: parameters, results of steps, and what is made of them."""
