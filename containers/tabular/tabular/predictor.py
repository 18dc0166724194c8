"""Predictions through LightGBM's C interface.

The Python wrapper converts and checks every row again; the single-row call of the C interface answers the
same numbers several times faster, and serving then does not import the training packages at all.
"""

import ctypes
import importlib.util
import struct
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy
from numpy.typing import NDArray

from jobs.artifact import ModelMetadata
from serving.errors import ModelError
from tabular.artifact import read_artifact

_FLOAT64 = 1
_NORMAL_PREDICTION = 0
_ALL_ITERATIONS = -1
_ROW_MAJOR = 1


class Predictor:
    """A loaded model: rows in, class probabilities or numbers out. Safe to call from several threads."""

    def __init__(self, model: bytes, metadata: ModelMetadata) -> None:
        self.metadata = metadata
        self.classes = metadata.classes or None
        self.features = len(metadata.feature_names)
        self.outputs = metadata.outputs
        self._library = _load_library()
        self._booster = ctypes.c_void_p()
        iterations = ctypes.c_int()
        self._call(
            "LGBM_BoosterLoadModelFromString",
            model,
            ctypes.byref(iterations),
            ctypes.byref(self._booster),
        )
        self._check_shape()
        self._single_row = ctypes.c_void_p()
        self._call(
            "LGBM_BoosterPredictForMatSingleRowFastInit",
            self._booster,
            ctypes.c_int(_NORMAL_PREDICTION),
            ctypes.c_int(0),
            ctypes.c_int(_ALL_ITERATIONS),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(self.features),
            b"num_threads=1",
            ctypes.byref(self._single_row),
        )
        self._predict_single_row = self._library.LGBM_BoosterPredictForMatSingleRowFast
        self._predict_single_row.argtypes = [ctypes.c_void_p] * 4
        self._pack_row = struct.Struct(f"{self.features}d").pack
        self._row_result = (ctypes.c_double * self.outputs)()
        self._row_result_length = ctypes.c_int64()
        self._row_length_address = ctypes.addressof(self._row_result_length)
        self._row_lock = Lock()

    @classmethod
    def load(cls, folder: Path) -> "Predictor":
        """Read the artifact in `folder` and prove with one prediction that it works.

        Raises ModelError.
        """
        model, metadata = read_artifact(folder)
        predictor = cls(model, metadata)
        smoke = predictor.predict_row([0.0] * predictor.features)
        if not predictor.metadata.plausible(smoke):
            expected = "probabilities" if predictor.classes else "numbers"
            raise ModelError(f"the model answers {smoke} to a row of zeros: no {expected}")
        return predictor

    def predict_row(self, row: Sequence[float]) -> list[float]:
        """Probabilities of one row: the second class's with two classes, else one for each class; or its number.

        Raises TypeError when a value is no number.
        """
        try:
            values = self._pack_row(*row)
        except struct.error as error:
            raise TypeError(str(error)) from None
        with self._row_lock:
            if self._predict_single_row(self._single_row, values, self._row_length_address, self._row_result):
                raise RuntimeError(self._last_error())
            return list(self._row_result)

    def predict(self, rows: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
        """Probabilities or numbers of many rows, as `predict_row` gives them, one row of outputs for each row."""
        matrix = numpy.ascontiguousarray(rows, dtype=numpy.float64)
        result = numpy.empty((len(matrix), self.outputs), dtype=numpy.float64)
        self._call(
            "LGBM_BoosterPredictForMat",
            self._booster,
            matrix.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(matrix.shape[0]),
            ctypes.c_int32(matrix.shape[1]),
            ctypes.c_int(_ROW_MAJOR),
            ctypes.c_int(_NORMAL_PREDICTION),
            ctypes.c_int(0),
            ctypes.c_int(_ALL_ITERATIONS),
            b"",
            ctypes.byref(ctypes.c_int64()),
            result.ctypes.data_as(ctypes.c_void_p),
        )
        return result

    def close(self) -> None:
        """Free the trees. The model answers no more."""
        with self._row_lock:
            self._call("LGBM_FastConfigFree", self._single_row)
            self._call("LGBM_BoosterFree", self._booster)

    def _check_shape(self) -> None:
        features, outputs = ctypes.c_int(), ctypes.c_int()
        self._call("LGBM_BoosterGetNumFeature", self._booster, ctypes.byref(features))
        self._call("LGBM_BoosterGetNumClasses", self._booster, ctypes.byref(outputs))
        if (features.value, outputs.value) != (self.features, self.outputs):
            raise ModelError(
                f"the trees take {features.value} features and give {outputs.value} outputs, "
                f"the metadata says {self.features} and {self.outputs}"
            )

    def _call(self, function: str, *arguments: object) -> None:
        if getattr(self._library, function)(*arguments) != 0:
            raise ModelError(f"LightGBM refuses: {self._last_error()}")

    def _last_error(self) -> str:
        self._library.LGBM_GetLastError.restype = ctypes.c_char_p
        return str(self._library.LGBM_GetLastError().decode(errors="replace"))


def _load_library() -> ctypes.CDLL:
    # find_spec does not import the package, which would pull in SciPy and scikit-learn.
    package = importlib.util.find_spec("lightgbm")
    if package is None or package.origin is None:
        raise ModelError("LightGBM is not installed in this environment")
    return ctypes.CDLL(str(Path(package.origin).parent / "lib" / "lib_lightgbm.so"))
