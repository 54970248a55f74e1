"""How the rulebook is compiled: decorators and fast elementary functions.

``kernel`` and ``stage`` are Numba's ``njit`` with one set of options. Importing this module makes
every rule callable from compiled code, which :mod:`abm.compiled_cache` keeps.
"""

import inspect
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, overload

from abm.compiled_cache import kept
from abm.kernel.vectors import use_widest
from abm.rules import arithmetic

use_widest()

# Reassociation stays off, so that vector and scalar code give the same bits; so does "ninf", with
# which LLVM rewrites a (1 - e) in one of the two only, and "contract", with which it fuses products
# and sums in one copy of a function and not in another: :func:`multiply_add` says where. Kernels
# must not test for NaN: with these options such a test is always false. Never and unknown have
# numbers instead.
OPTIONS: dict[str, Any] = {
    "fastmath": {"nnan", "nsz"},
    "error_model": "numpy",
}
# Stages and kernels make no arrays of their own, so nothing has to be counted and freed.
BORROWING: dict[str, Any] = {**OPTIONS, "_nrt": False}
SINGLE = types.float32
DOUBLE = types.float64
FLOAT, WORD = ir.FloatType(), ir.IntType(32)  # what columns hold


def stage(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile one small branch-free loop over the rows of a block."""
    return kept(njit(**BORROWING)(function))


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of one person's scalars into its callers: no arguments are passed."""
    return njit(forceinline=True, **BORROWING)(function)


def sequence(function: Callable[..., Any]) -> Callable[..., Any]:
    """Write a sequence of stages out in its callers, so that it is compiled there and only there.

    Whatever is compiled is compiled again with each caller up to the kernel; stages called from
    nested functions would be compiled five times over.
    """
    return njit(inline="always", **BORROWING)(function)


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that runs stages; it lets other threads run meanwhile."""
    return kept(njit(nogil=True, **BORROWING)(function))


def solver(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that may make arrays of its own; it lets other threads run meanwhile."""
    return kept(njit(nogil=True, **OPTIONS)(function))


def single_precision(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a copy of a function whose literal floats are single precision.

    Numba reads a literal as double, and one double halves the width of a vector instruction.
    """
    assert isinstance(function, FunctionType)
    constants = tuple(
        np.float32(constant) if isinstance(constant, float) else constant
        for constant in function.__code__.co_consts
    )
    copy = FunctionType(
        function.__code__.replace(co_consts=constants),
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__qualname__ = function.__qualname__
    copy.__module__ = function.__module__
    copy.__annotations__ = function.__annotations__
    return copy


def _make_callable(function: Callable[..., Any]) -> None:
    """Let compiled code call a rule, in the precision of its arguments."""

    def implementation(*arguments: Any) -> Callable[..., Any]:
        return function if DOUBLE in arguments else single_precision(function)

    implementation.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    options: Any = {**OPTIONS, "forceinline": True}
    overload(function, jit_options=options)(implementation)


@intrinsic
def _as_float(typing_context: Any, bits: Any) -> Any:
    """Reinterpret 32 bits as a single-precision number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), generate


@intrinsic
def _as_bits(typing_context: Any, number: Any) -> Any:
    """Reinterpret a single-precision number as 32 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int32))

    return types.int32(types.float32), generate


@intrinsic
def keep_apart(typing_context: Any) -> Any:
    """Keep a stage a function of its own, whose arrays are promised not to overlap.

    Only a function that is called rather than merged into its caller has its arrays as arguments,
    and only of arguments can the compiler be told that they lie apart; it then vectorises a loop
    over any number of them. A stage that asks for this must never be given the same column twice
    where it writes one.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.function.attributes.add("noinline")
        for argument in builder.function.args:
            holds = getattr(argument.type, "pointee", None)
            if holds in (FLOAT, WORD) and argument.name.startswith("arg."):
                argument.add_attribute("noalias")
        return context.get_dummy_value()

    return types.void(), generate


@njit(forceinline=True, **OPTIONS)
def rows(first, last):
    """Return the rows from ``first`` up to, not including, ``last``.

    Unsigned, because an index that may be negative counts from the end, and that is checked row by
    row; a loop over a plain range that does not start at 0 is not vectorised.
    """
    return range(np.uint64(first), np.uint64(last))


@intrinsic
def multiply_add(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
    """Return x y + z, single precision, rounded once: one instruction where a processor has it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float32(types.float32, types.float32, types.float32), generate


@intrinsic
def _floor(typing_context: Any, x: Any) -> Any:
    """Return the whole number below x, single precision, by one instruction.

    NumPy's function is not there on graphics processors, Python's makes 64 bits of it.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        floor = builder.module.declare_intrinsic("llvm.floor", [FLOAT])
        return builder.call(floor, arguments)

    return types.float32(types.float32), generate


@njit(forceinline=True, **OPTIONS)
def _exp_single(x):
    """Cephes' expf: range reduction by ln 2, then a polynomial of degree 6; error 1 ulp."""
    bounded = min(max(x, np.float32(-80.0)), np.float32(80.0))
    n = _floor(multiply_add(bounded, np.float32(1.44269504), np.float32(0.5)))
    r = multiply_add(n, np.float32(-0.693359375), bounded)
    r = multiply_add(n, np.float32(2.12194440e-4), r)
    p = np.float32(1.9875691500e-4)
    p = multiply_add(p, r, np.float32(1.3981999507e-3))
    p = multiply_add(p, r, np.float32(8.3334519073e-3))
    p = multiply_add(p, r, np.float32(4.1665795894e-2))
    p = multiply_add(p, r, np.float32(1.6666665459e-1))
    p = multiply_add(p, r, np.float32(5.0000001201e-1))
    mantissa = multiply_add(p * r, r, r) + np.float32(1.0)
    scale = _as_float(np.int32((np.int32(n) + np.int32(127)) << np.int32(23)))
    return mantissa * scale if x > np.float32(-80.0) else np.float32(0.0)


@njit(forceinline=True, **OPTIONS)
def _log_single(x):
    """Cephes' logf for normal numbers: exponent apart, then a polynomial of degree 8."""
    bits = _as_bits(x)
    exponent = np.int32((bits >> np.int32(23)) - np.int32(126))
    mantissa = _as_float(np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F000000)))
    low = mantissa < np.float32(0.707106781)
    r = (mantissa + mantissa if low else mantissa) - np.float32(1.0)
    n = np.float32(exponent) - (np.float32(1.0) if low else np.float32(0.0))
    z = r * r
    p = np.float32(7.0376836292e-2)
    p = multiply_add(p, r, np.float32(-1.1514610310e-1))
    p = multiply_add(p, r, np.float32(1.1676998740e-1))
    p = multiply_add(p, r, np.float32(-1.2420140846e-1))
    p = multiply_add(p, r, np.float32(1.4249322787e-1))
    p = multiply_add(p, r, np.float32(-1.6668057665e-1))
    p = multiply_add(p, r, np.float32(2.0000714765e-1))
    p = multiply_add(p, r, np.float32(-2.4999993993e-1))
    p = multiply_add(p, r, np.float32(3.3333331174e-1))
    y = multiply_add(n, np.float32(-2.12194440e-4), p * r * z)
    y = multiply_add(np.float32(-0.5), z, y)
    return multiply_add(np.float32(0.693359375), n, r + y)


@overload(arithmetic.exp)
def _exp(x):
    if x == SINGLE:
        return lambda x: _exp_single(x)
    return lambda x: np.exp(min(x, 80.0)) if x > -80.0 else 0.0


@overload(arithmetic.log)
def _log(x):
    if x == SINGLE:
        return lambda x: _log_single(x)
    return lambda x: np.log(x)


@overload(arithmetic.square_root)
def _square_root(x):
    return lambda x: math.sqrt(x)


@overload(arithmetic.real)
def _real(whole):
    return lambda whole: np.float32(np.int32(whole))


def _register_rules() -> None:
    """Make every rule of the rulebook callable from kernels."""
    from abm.kernel import draws
    from abm.rules import (  # noqa: F401
        activity,
        bout,
        depression,
        disease,
        economics,
        il6,
        mortality,
        policy,
    )

    del draws
    for function in arithmetic.RULES:
        _make_callable(function)


_register_rules()
