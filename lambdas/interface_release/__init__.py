"""Network interfaces that SageMaker removes after what it made them for is gone."""
