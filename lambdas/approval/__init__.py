"""What is approved in the model registry is deployed, and what is rejected goes back."""
