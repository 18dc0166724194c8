"""Rules about endpoints: their configurations, deployments and scaling."""
