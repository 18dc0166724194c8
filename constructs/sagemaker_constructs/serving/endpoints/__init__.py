"""Real-time and serverless endpoints, and what all endpoints share."""
