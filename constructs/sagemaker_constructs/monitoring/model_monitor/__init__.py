"""SageMaker Model Monitor, for accounts that used it before it was closed to new customers."""
