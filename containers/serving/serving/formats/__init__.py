"""What a request's body and an answer's body are written in."""
