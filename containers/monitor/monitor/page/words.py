"""Text of anybody as text of a page, and figures as people read them."""

from html import escape

_LONGEST = 80


def shown(value: object, longest: int = _LONGEST) -> str:
    """A value as text of HTML, whatever is in it; what cannot be printed is written by its number."""
    given = str(value)
    cut = given if len(given) <= longest else f"{given[: longest - 1]}…"
    return escape("".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in cut))


def size(value: float | None) -> str:
    """A figure in three digits."""
    if value is None:
        return "none"
    if abs(value) >= 1e9:
        return "beyond all measure"
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"


def chance(p_value: float) -> str:
    """How likely chance is."""
    return "< 0.000001" if p_value < 1e-6 else f"{p_value:.2g}"


def day(moment: str) -> str:
    """A time to the minute."""
    return moment.replace("T", " ").removesuffix(":00Z").removesuffix("Z")
