"""What excludes a shadow."""

from collections.abc import Iterator, Sequence

from sagemaker_constructs.core.problems import Problem, within
from sagemaker_constructs.serving.variants.variant import Variant


def shadow_problems(variants: Sequence[Variant], shadow: Sequence[Variant]) -> Iterator[Problem]:
    """What AWS would refuse of ``shadow`` beside ``variants``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
    """
    if not shadow:
        return
    if len(shadow) > 1 or len(variants) > 1:
        got = f"{len(shadow)} in the shadow of {len(variants)}"
        yield Problem("shadow", f"must be one variant beside one variant, got: {got}")
    for index, variant in enumerate(shadow):
        yield from within(f"shadow[{index}]", variant.problems())
    for variant in (*variants, *shadow):
        if variant.model.multi_model:
            yield Problem("shadow", f"does not go with multi-model, got: {variant.name}")
        if variant.model.of_marketplace:
            yield Problem("shadow", f"does not go with a package of the Marketplace, got: {variant.name}")
        if variant.model.container_count > 1:
            count = variant.model.container_count
            yield Problem("shadow", f"does not go with several containers, got: {count} of {variant.name}")
        if variant.instance_type.startswith("ml.inf1."):
            got = f"{variant.instance_type} of {variant.name}"
            yield Problem("shadow", f"does not go with Inferentia 1, got: {got}")
