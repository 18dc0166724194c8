"""A REST API in front of an endpoint, with authorization and a firewall."""
