"""Numbers scaled, and those far away."""

import numpy as np

from jobs.errors import JobError
from wrangling.flow import Node, Parameters
from wrangling.frames import Column, Frame, numeric
from wrangling.operators.operation import Make, Operation, by_column, member, one_of, only

_SCALERS = {
    "Standard scaler": "standard_scaler_parameters",
    "Robust scaler": "robust_scaler_parameters",
    "Min-max scaler": "min_max_scaler_parameters",
    "Max absolute scaler": "max_absolute_scaler_parameters",
}


def _scale(node: Node) -> Operation:
    scaler = str(member(node, "scale_values_parameters").get("scaler"))
    one_of(node, "scaler", scaler, [*_SCALERS])
    given = member(node, "scale_values_parameters", _SCALERS[scaler])
    known = ("center", "scale", "lower_quantile", "upper_quantile", "min", "max")
    only(node, given, "input_column", "output_column", *known)

    def change(frame: Frame, name: str, output: str) -> Frame:
        values = numeric(frame, name)
        if not values.notna().any():
            raise JobError(f"column {name} has no value to learn from")
        return frame.assign(**{output: _scaled(values, scaler, given)})

    return by_column(given, change)


def _scaled(values: Column, scaler: str, given: Parameters) -> Column:
    if scaler == "Min-max scaler":
        low, high = float(given.get("min") or 0.0), float(1.0 if given.get("max") is None else given["max"])
        least, most = values.min(), values.max()
        # A column of one value is in the middle, as in Spark.
        share = (values - least) / (most - least) if most > least else values * 0 + 0.5
        return share * (high - low) + low
    if scaler == "Max absolute scaler":
        return values / (values.abs().max() or 1.0)
    if scaler == "Standard scaler":
        middle, width = values.mean(), values.std(ddof=1)
    else:
        known = np.sort(values.dropna().to_numpy())
        low, high = float(given.get("lower_quantile") or 0.25), float(given.get("upper_quantile") or 0.75)
        middle = _quantile(known, 0.5)
        width = _quantile(known, high) - _quantile(known, low)
    centered = values - middle if given.get("center") else values
    if given.get("scale") is False:
        return centered
    # As in Spark, what has no width becomes 0.
    return centered / width if width and not np.isnan(width) else centered * 0.0


def _quantile(known: "np.ndarray[tuple[int], np.dtype[np.float64]]", share: float) -> float:
    return float(known[max(0, int(np.ceil(share * len(known))) - 1)])


def _outliers(node: Node) -> Operation:
    given = member(node, "standard_deviation_numeric_outliers_parameters")
    only(node, given, "input_column", "output_column", "standard_deviations", "fix_method")
    method = given.get("fix_method")
    one_of(node, "fix_method", method, ("Remove", "Clip", "Invalidate"))

    def change(frame: Frame, name: str, output: str) -> Frame:
        values = numeric(frame, name)
        middle, width = values.mean(), values.std(ddof=1) * float(given.get("standard_deviations") or 4)
        low, high = middle - width, middle + width
        if method == "Remove":
            return frame[~((values < low) | (values > high))].reset_index(drop=True)
        if method == "Clip":
            return frame.assign(**{output: values.clip(low, high)})
        return frame.assign(**{output: values.where((values >= low) & (values <= high))})

    return by_column(given, change)


OPERATORS: dict[tuple[str, str | None], Make] = {
    ("sagemaker.spark.process_numeric_0.1", "Scale values"): _scale,
    ("sagemaker.spark.handle_outliers_0.1", "Standard deviation numeric outliers"): _outliers,
}
