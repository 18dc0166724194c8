"""The program of an image of the tests."""
