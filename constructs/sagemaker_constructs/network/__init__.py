"""Where jobs and models run: an isolated VPC, or one that exists."""
