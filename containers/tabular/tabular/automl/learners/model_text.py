"""LightGBM's text format, written from trees that LightGBM has not grown.

So every winner is served by one library, from a file without code, and as fast as the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy
from numpy.typing import NDArray

from jobs.data.target import Target, outputs
from tabular.boosting import lightgbm

_NAN_IS_MISSING = 8
_MISSING_GOES_LEFT = 2
_NO_LIMIT = 1e300


@dataclass(frozen=True)
class Tree:
    """The splits of a tree, the root first, and its leaves. A child below 0 is the leaf `-1 - child`."""

    feature: NDArray[Any]
    threshold: NDArray[Any]
    missing_left: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    split_rows: NDArray[Any]
    leaf_rows: NDArray[Any]
    leaf_value: NDArray[Any]

    def text(self, number: int) -> str:
        """The tree as a section of the file."""
        fields = [("num_leaves", len(self.leaf_value)), ("num_cat", 0)]
        lines = [f"Tree={number}", *(f"{name}={value}" for name, value in fields)]
        if len(self.leaf_value) > 1:
            directions = _NAN_IS_MISSING + _MISSING_GOES_LEFT * self.missing_left.astype(int)
            for name, values in (
                ("split_feature", self.feature),
                ("threshold", self.threshold),
                ("decision_type", directions),
                ("left_child", self.left),
                ("right_child", self.right),
                ("leaf_count", self.leaf_rows),
                ("internal_value", numpy.zeros(len(self.feature), dtype=int)),
                ("internal_count", self.split_rows),
            ):
                lines.append(f"{name}={_joined(values)}")
        lines += [f"leaf_value={_joined(self.leaf_value)}", "is_linear=0", "shrinkage=1"]
        return "\n".join(lines) + "\n\n"


def forest_model(trees: Sequence[Sequence[Tree]], feature_names: Sequence[str], target: Target) -> Any:
    """A model whose answer is the mean over the forest; each of its trees has one `Tree` for each output."""
    # LightGBM adds trees up, and so do the shares of features.
    shared = [replace(one, leaf_value=one.leaf_value / len(trees)) for each in trees for one in each]
    sections = [one.text(number) for number, one in enumerate(shared)]
    return _model([], sections, feature_names, target)


def linear_model(
    weights: NDArray[numpy.float64],
    constants: NDArray[numpy.float64],
    middles: NDArray[numpy.float64],
    feature_names: Sequence[str],
    target: Target,
) -> Any:
    """A model of a weighted sum: `weights` has a row for each output, and `middles` replace missing values."""
    sections: list[str] = []
    for feature in range(weights.shape[1]):
        for output in range(len(weights)):
            weight = float(weights[output, feature])
            constant = float(constants[output]) if feature == 0 else 0.0
            sections.append(_line(len(sections), feature, weight, constant, float(middles[feature])))
    objective = {"binary": "binary sigmoid:1", "multiclass": f"multiclass num_class:{len(target.classes)}"}
    return _model([f"objective={objective.get(target.objective, 'regression')}"], sections, feature_names, target)


def _line(number: int, feature: int, weight: float, constant: float, middle: float) -> str:
    """A tree of two leaves: the line that a feature's values lie on, and what a missing one counts."""
    missing = constant + weight * middle
    return (
        f"Tree={number}\nnum_leaves=2\nnum_cat=0\nsplit_feature={feature}\nthreshold={_NO_LIMIT}\n"
        f"decision_type={_NAN_IS_MISSING}\nleft_child=-1\nright_child=-2\nleaf_value={missing!r} {missing!r}\n"
        f"leaf_count=1 1\ninternal_value=0\ninternal_count=2\nis_linear=1\nleaf_const={constant!r} {missing!r}\n"
        f"num_features=1 0\nleaf_features={feature} \nleaf_coeff={weight!r} \nshrinkage=1\n\n"
    )


def _model(header: list[str], sections: list[str], feature_names: Sequence[str], target: Target) -> Any:
    count = outputs(target.classes)
    lines = [
        "tree",
        "version=v4",
        f"num_class={count}",
        f"num_tree_per_iteration={count}",
        "label_index=0",
        f"max_feature_idx={len(feature_names) - 1}",
        *header,
        # The model's own file names columns by position; `model.json` has their names, whatever is in them.
        f"feature_names={' '.join(f'Column_{each}' for each in range(len(feature_names)))}",
        f"feature_infos={' '.join('none' for _ in feature_names)}",
        "",
    ]
    return lightgbm.Booster(model_str="\n".join([*lines, *sections, "end of trees", "", ""]))


def _joined(values: NDArray[Any]) -> str:
    return " ".join(map(repr, values.tolist()))
