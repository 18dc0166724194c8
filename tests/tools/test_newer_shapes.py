"""The shapes that the embedded AWS has beyond its own botocore."""

from tools import newer_shapes


def test_they_are_those_of_the_project_s_botocore() -> None:
    assert newer_shapes.TARGET.read_text() == newer_shapes.newer_text(), "run: python -m tools.newer_shapes"
