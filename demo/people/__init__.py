"""People who label digits: a Label Studio that they sign on to, and one of them at work in a browser."""
