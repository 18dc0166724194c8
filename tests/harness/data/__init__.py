"""What tests of Feature Store share."""
