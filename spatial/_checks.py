"""Checks at the door of every statistic: messages name the argument, the rule and the value."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray


def check_same_length(**arrays: NDArray[Any]) -> None:
    """Raise ValueError unless all arrays have the first one's length."""
    (first, reference), *others = arrays.items()
    for name, array in others:
        if array.shape[:1] != reference.shape[:1]:
            raise ValueError(
                f"{name}: expected as many entries as {first} ({reference.shape[:1]}), "
                f"found {array.shape[:1]}"
            )


def check_numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as floats, or raise ValueError when they are text or something else."""
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "USVc":
            return array.astype(float, copy=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected an array of numbers, {error}") from error
    raise ValueError(f"{name}: expected numbers, found {array.ravel()[:1].tolist()}")


def check_finite(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as floats, or raise ValueError naming the first that is not finite."""
    array = check_numbers(name, values)
    if not np.isfinite(array).all():
        at = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(f"{name}: every value must be finite, found {array[tuple(at)]} at {at}")
    return array


def check_counts(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as floats, or raise ValueError unless all are whole and not negative."""
    array = check_not_negative(name, values)
    if (array != np.floor(array)).any():
        at = np.argwhere(array != np.floor(array))[0]
        raise ValueError(f"{name}: counts must be whole numbers, found {array[tuple(at)]} at {at}")
    return array


def check_not_negative(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as floats, or raise ValueError unless all are finite and at least 0."""
    array = check_finite(name, values)
    if (array < 0).any():
        at = np.argwhere(array < 0)[0]
        raise ValueError(f"{name}: no value may be negative, found {array[tuple(at)]} at {at}")
    return array


def check_expected(values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return expected counts as floats of the given shape: NaN (unknown) or finite and >= 0."""
    array = check_known_or_nan("expected", values)
    if array.shape != shape:
        raise ValueError(f"expected: must have the shape of values {shape}, found {array.shape}")
    return array


def check_known_or_nan(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as floats: NaN (unknown) or finite and not negative."""
    array = check_numbers(name, values)
    wrong = (array < 0) | np.isinf(array)
    if wrong.any():
        at = np.argwhere(wrong)[0]
        raise ValueError(
            f"{name}: values must be NaN (unknown) or finite and not negative, "
            f"found {array[tuple(at)]} at {at}"
        )
    return array


def check_whole(name: str, value: float, least: int) -> int:
    """Return a whole number of at least `least`, or raise ValueError."""
    if not value >= least:
        raise ValueError(f"{name}: expected {least} or more, found {value}")
    if not float(value).is_integer():
        raise ValueError(f"{name}: expected a whole number, found {value}")
    return int(value)


def check_unused(name: str, value: object, needed: str, given: str) -> None:
    """Raise ValueError when an argument is given to a null that would silently ignore it."""
    if value is not None and given != needed:
        raise ValueError(f"{name}: only the {needed} null takes it, found {value} for {given!r}")


def check_someone_at_risk(
    counts: NDArray[np.float64], expected: NDArray[np.float64], places: NDArray[Any] | None = None
) -> None:
    """Raise ValueError where cases happened although none is expected: nobody is at risk there.

    Such a place is rarely a miracle and mostly one whose population is not known. `places` are
    names for the message; by default positions are told.
    """
    impossible = (expected == 0) & (counts > 0)
    if impossible.any():
        at = np.argwhere(impossible)[0]
        place = at if places is None else places[at[0]]
        raise ValueError(
            f"expected: must be positive, or NaN (unknown), where there are cases, "
            f"found 0 and {counts[tuple(at)]:g} cases at {place}"
        )


def check_weights(weights: Any, n: int) -> scipy.sparse.csr_array:
    """Return spatial weights as CSR floats: square, `n` rows, finite, none negative."""
    is_sparse = scipy.sparse.issparse(weights)
    if not is_sparse:
        raise ValueError(f"weights: expected a sparse matrix, found {type(weights).__name__}")
    if weights.shape != (n, n):
        raise ValueError(
            f"weights: expected a square of {n} cells, one for each of the {n} values, "
            f"found {weights.shape}"
        )
    # A copy: summing duplicates in place would change the caller's matrix.
    matrix: scipy.sparse.csr_array = scipy.sparse.csr_array(weights).astype(float, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    wrong = ~(np.isfinite(matrix.data) & (matrix.data >= 0))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        row = int(np.searchsorted(matrix.indptr, at, side="right")) - 1
        raise ValueError(
            f"weights: every weight must be finite and not negative, "
            f"found {matrix.data[at]} at [{row} {matrix.indices[at]}]"
        )
    return matrix


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ValueError unless the value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name}: expected one of {', '.join(choices)}, found {value!r}")


def check_codes(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Return codes as integers, or raise ValueError unless all are whole and at least -1."""
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        floats = check_finite(name, array)
        if (floats != np.floor(floats)).any():
            at = np.argwhere(floats != np.floor(floats))[0]
            raise ValueError(
                f"{name}: codes must be whole numbers, found {floats[tuple(at)]} at {at}"
            )
        array = floats
    codes = array.astype(np.int64)
    if (codes < -1).any():
        at = np.argwhere(codes < -1)[0]
        raise ValueError(f"{name}: codes must be -1 (unknown) or more, found {codes[tuple(at)]}")
    return codes


def check_times(name: str, values: ArrayLike) -> NDArray[np.datetime64]:
    """Return times to the second, or raise ValueError when one is missing."""
    times = np.asarray(values, dtype="datetime64[s]")
    if np.isnat(times).any():
        at = np.argwhere(np.isnat(times))[0]
        raise ValueError(f"{name}: every case needs a time, found NaT at {at}")
    return times
