"""The parts that a lifecycle configuration is composed of."""
