"""What the tests of the doctor share."""
