"""The embedded AWS: an emulator of the services this project deploys to, for `make demo` and the tests."""
