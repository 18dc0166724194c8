"""What the multi-model endpoint is told."""

from stacks.serving.common.hosted import HostedSettings


class MultiModelSettings(HostedSettings):
    """An endpoint with any number of models, each an archive below `…/models/` in the bucket of artifacts."""

    caching: bool = True
    """Keep loaded models in memory; false where each one is rarely asked for."""
