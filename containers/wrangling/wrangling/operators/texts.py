"""Texts in other forms."""

from collections.abc import Callable

from jobs.errors import JobError
from wrangling.flow import Node
from wrangling.frames import Frame, cast, existing
from wrangling.operators.operation import Make, Operation, by_column, member, only

_NAME = "sagemaker.spark.format_string_0.1"
_SYMBOLS = "!@#$%^&*()_+=-/\\`~{}|<>?"
_MOST_WIDTH = 1_000

Form = Callable[[str], str]


def _operator(name: str, known: tuple[str, ...], form: Callable[[dict[str, str]], Form]) -> Make:
    def make(node: Node) -> Operation:
        given = member(node, name)
        only(node, given, "input_column", "output_column", *known)
        written = form({key: str(given[key]) for key in known if given.get(key) is not None})

        def change(frame: Frame, column: str, output: str) -> Frame:
            texts = cast(existing(frame, column), "string")
            return frame.assign(**{output: texts.map(lambda each: None if each is None else written(each))})

        return by_column(given, change)

    return make


def _width(given: dict[str, str]) -> int:
    width = int(given.get("width", "-1"))
    if not 0 <= width <= _MOST_WIDTH:
        raise JobError(f"the width must be from 0 to {_MOST_WIDTH}, got: {width}")
    return width


def _fill(given: dict[str, str]) -> str:
    fill = given.get("fill_character", " ")
    if len(fill) != 1:
        raise JobError(f"the fill character must be one, got: {fill!r}")
    return fill


def _left(given: dict[str, str]) -> Form:
    width, fill = _width(given), _fill(given)
    # What is longer is cut, as in Spark.
    return lambda each: each[:width].rjust(width, fill)


def _right(given: dict[str, str]) -> Form:
    width, fill = _width(given), _fill(given)
    return lambda each: each[:width].ljust(width, fill)


def _center(given: dict[str, str]) -> Form:
    width, fill = _width(given), _fill(given)
    return lambda each: each.center(width, fill)


def _zeros(given: dict[str, str]) -> Form:
    width = _width(given)
    return lambda each: each[:width].rjust(width, "0")


def _without(given: dict[str, str]) -> Form:
    symbols = given.get("symbols") or _SYMBOLS
    return lambda each: each.translate(dict.fromkeys(map(ord, symbols)))


_STRIPPED = ("characters_to_remove",)
_PADDED = ("width", "fill_character")
OPERATORS: dict[tuple[str, str | None], Make] = {
    (_NAME, "Lower case"): _operator("lower_case_parameters", (), lambda _: str.lower),
    (_NAME, "Upper case"): _operator("upper_case_parameters", (), lambda _: str.upper),
    (_NAME, "Title case"): _operator("title_case_parameters", (), lambda _: str.title),
    (_NAME, "Capitalize"): _operator("capitalize_parameters", (), lambda _: str.capitalize),
    (_NAME, "Swap case"): _operator("swap_case_parameters", (), lambda _: str.swapcase),
    (_NAME, "Left pad"): _operator("left_pad_parameters", _PADDED, _left),
    (_NAME, "Right pad"): _operator("right_pad_parameters", _PADDED, _right),
    (_NAME, "Center (pad on either side)"): _operator("center_pad_on_either_side_parameters", _PADDED, _center),
    (_NAME, "Prepend zeros"): _operator("prepend_zeros_parameters", ("width",), _zeros),
    (_NAME, "Strip characters from left"): _operator(
        "strip_characters_from_left_parameters",
        _STRIPPED,
        lambda given: lambda each: each.lstrip(given.get("characters_to_remove")),
    ),
    (_NAME, "Strip characters from right"): _operator(
        "strip_characters_from_right_parameters",
        _STRIPPED,
        lambda given: lambda each: each.rstrip(given.get("characters_to_remove")),
    ),
    (_NAME, "Strip left and right"): _operator(
        "strip_left_and_right_parameters",
        _STRIPPED,
        lambda given: lambda each: each.strip(given.get("characters_to_remove")),
    ),
    (_NAME, "Add prefix"): _operator(
        "add_prefix_parameters", ("prefix",), lambda given: lambda each: given.get("prefix", "") + each
    ),
    (_NAME, "Add suffix"): _operator(
        "add_suffix_parameters", ("suffix",), lambda given: lambda each: each + given.get("suffix", "")
    ),
    (_NAME, "Remove symbols"): _operator("remove_symbols_parameters", ("symbols",), _without),
}
