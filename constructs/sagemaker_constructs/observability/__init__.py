"""Alarms, dashboards and log retention for whatever can be watched."""
