"""What tests of monitors share."""
