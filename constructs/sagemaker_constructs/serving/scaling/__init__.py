"""Autoscaling in one vocabulary: targets, steps, schedules, and the way back from zero."""
