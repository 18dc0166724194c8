"""What several tests are built on."""
