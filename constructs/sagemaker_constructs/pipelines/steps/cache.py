"""When an earlier run is taken in place of a new one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cache:
    """Take the result of the same step of an earlier execution, up to ``days`` old, that was given the same.

    What counts as the same is the image, inputs, environment and hyperparameters, not the role, the instances or
    where outputs go.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
    """

    days: int = 30

    def document(self) -> dict[str, object]:
        """The ``CacheConfig`` of a step."""
        return {"Enabled": True, "ExpireAfter": f"P{self.days}D"}
