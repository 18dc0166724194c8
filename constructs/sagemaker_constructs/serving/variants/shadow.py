"""What excludes a shadow."""

from collections.abc import Iterator, Sequence

from sagemaker_constructs.serving.variants.variant import Variant


def shadow_problems(variants: Sequence[Variant], shadow: Sequence[Variant]) -> Iterator[str | None]:
    """What AWS would refuse of ``shadow`` beside ``variants``.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests-exclusions.html
    """
    if not shadow:
        return
    if len(shadow) > 1 or len(variants) > 1:
        yield (f"shadow must be one variant beside one variant, got: {len(shadow)} in the shadow of {len(variants)}")
    for index, variant in enumerate(shadow):
        yield from variant.problems(f"shadow[{index}]")
    for variant in (*variants, *shadow):
        if variant.model.multi_model:
            yield f"shadow does not go with multi-model, got: {variant.name}"
        if variant.model.of_marketplace:
            yield f"shadow does not go with a package of the Marketplace, got: {variant.name}"
        if variant.model.container_count > 1:
            count = variant.model.container_count
            yield f"shadow does not go with several containers, got: {count} of {variant.name}"
        if variant.instance_type.startswith("ml.inf1."):
            yield f"shadow does not go with Inferentia 1, got: {variant.instance_type} of {variant.name}"
