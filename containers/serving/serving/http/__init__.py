"""Requests and answers over HTTP and WebSocket."""
