"""docs/architecture.svg is what the imports say."""

from tools.graph.room_graph import PICTURE, picture, room_graph


def test_the_picture_is_that_of_the_code() -> None:
    assert PICTURE.read_text() == picture(), "Run: make schema"


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    graph = room_graph()
    assert '"models" -> "serving"' in graph
    assert '"core" -> "serving"' not in graph
