"""The reference platform: one stack per lifecycle stage, wired from typed settings."""
