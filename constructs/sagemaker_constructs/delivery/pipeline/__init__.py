"""The parts of ``DeliveryPipeline``: its builds, and what it declares to CodePipeline."""
