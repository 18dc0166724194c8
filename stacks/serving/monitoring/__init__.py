"""What compares the requests of an endpoint with the rows that its model was trained on."""
