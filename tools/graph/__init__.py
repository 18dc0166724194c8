"""Pictures of what is synthesized: ``make graph``."""
