"""Rules about jobs, wherever a template has their requests: in schedules, state machines and pipelines too."""
