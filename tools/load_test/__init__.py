"""The load test behind ``make load-test``: what one instance of an endpoint can take."""
