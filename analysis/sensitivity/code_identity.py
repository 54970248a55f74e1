"""What a function, class or value computes, as far as it can be read off: for saved studies.

Code counts as it is compiled, so comments and layout do not; with it count its defaults, what it
closes over, and every global that it names, classes and functions of the user's own modules
included. Packages count by name and version. What cannot be read is named, never passed over.
"""

from __future__ import annotations

import builtins
import dis
import hashlib
import importlib
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

import numpy as np

OURS = ("abm", "analysis")  # these count by the stamp of the program
_PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, type(...), range)
# Python shares these as it likes, so that they are the same object says nothing.
_CONSTANT = (tuple, frozenset, CodeType, np.generic)
_OF_C = (
    BuiltinFunctionType, GetSetDescriptorType, MemberDescriptorType, MethodDescriptorType,
    MethodWrapperType, WrapperDescriptorType,
)  # fmt: skip
# What every class carries without computing anything by it.
_NO_CODE = frozenset(
    ["__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__firstlineno__",
     "__static_attributes__", "__annotations_cache__", "__annotate_func__", "_abc_impl"]
)  # fmt: skip
# What a wrapper holds the function in that it calls.
_INSIDE = ("__wrapped__", "py_func", "__func__", "func", "fget", "fset")


class Reading:
    """What was read of some objects.

    Attributes
    ----------
    packages
        The version of each package that was met.
    unread
        What cannot be read, by where it was met.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.packages: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self._met: dict[int, int] = {}
        self._held: list[Any] = []  # so that no id is given twice
        self._digest = hashlib.blake2b(digest_size=16)

    def digest(self, found: Any, where: str) -> str:
        """Return a digest of an object and all it rests on; ``where`` names it in messages."""
        self._met, self._held = {}, []
        self._digest = hashlib.blake2b(digest_size=16)
        try:
            self._read(found, where)
        except RecursionError:
            self.unread[where] = "something nested too deeply"
        return self._digest.hexdigest()

    def _say(self, *words: object) -> None:
        for word in words:
            text = str(word).encode("utf-8", "surrogatepass")
            self._digest.update(str(len(text)).encode() + b":" + text)

    def _read(self, found: Any, where: str) -> None:
        if isinstance(found, _PLAIN):
            self._say(type(found).__name__, repr(found))
            return
        if not isinstance(found, _CONSTANT):
            if id(found) in self._met:
                self._say("again", self._met[id(found)])
                return
            self._met[id(found)] = len(self._met)
            self._held.append(found)
        self._say(type(found).__name__)
        for kinds, read in _READERS:
            if isinstance(found, kinds):
                read(self, found, where)
                return
        self._read_other(found, where)

    def _read_code(self, code: CodeType, where: str) -> None:
        self._say(
            code.co_code.hex(), code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars,
            code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
            getattr(code, "co_exceptiontable", b"").hex(),
        )  # fmt: skip
        for each in code.co_consts:
            self._read(each, where)

    def _read_function(self, found: FunctionType, where: str) -> None:
        package = _package_of_file(found.__code__.co_filename)
        if package is None:
            self._read(found.__code__, where)
            for name, value in _globals_of(found):
                self._say(name)
                if isinstance(value, ModuleType):
                    self._read_module(value, where, _names_in(found.__code__))
                else:
                    self._read(value, f"{where}: {name}")
        else:
            self._package(package, found.__module__, found.__qualname__)
        inner = (found.__defaults__, found.__kwdefaults__, found.__closure__)
        for each in inner:
            self._read(each, where)

    def _read_class(self, found: type, where: str) -> None:
        package = _package_of_class(found)
        self._say(found.__qualname__)
        if package is not None:
            self._package(package, found.__module__)
            return
        self._read(found.__bases__, where)
        for name, value in sorted(vars(found).items()):
            if name not in _NO_CODE:
                self._say(name)
                self._read(value, f"{where}: {found.__name__}.{name}")

    def _read_module(self, found: ModuleType, where: str, names: frozenset[str]) -> None:
        package = _package_of_module(found.__name__)
        self._say(found.__name__)
        if package is not None:
            self._package(package)
            return
        for name in sorted(names & set(vars(found))):
            value = vars(found)[name]
            self._say(name)
            if isinstance(value, ModuleType):
                self._read_module(value, where, names - {name})
            else:
                self._read(value, f"{where}: {found.__name__}.{name}")

    def _read_items(self, found: Any, where: str) -> None:
        self._say(len(found))
        for each in found:
            self._read(each, where)

    def _read_set(self, found: Any, where: str) -> None:
        # In an order of their own: that of a set changes from process to process.
        each = [Reading() for _ in found]
        digests = [one.digest(value, where) for one, value in zip(each, found, strict=True)]
        self._say(*sorted(digests))
        for one in each:
            self.packages |= one.packages
            self.unread |= one.unread

    def _read_mapping(self, found: Any, where: str) -> None:
        self._say(len(found))
        for key, value in found.items():
            self._read(key, where)
            self._read(value, f"{where}: {key}" if isinstance(key, str) else where)

    def _read_array(self, found: Any, where: str) -> None:
        array = np.asarray(found)
        self._say(array.dtype.str, array.shape)
        if array.dtype.hasobject:
            self._read(array.tolist(), where)
        else:
            self._digest.update(array.tobytes())

    def _read_method(self, found: MethodType, where: str) -> None:
        self._read(found.__func__, where)
        self._read(found.__self__, where)

    def _read_cell(self, found: CellType, where: str) -> None:
        try:
            self._read(found.cell_contents, where)
        except ValueError:
            self._say("empty")

    def _read_c(self, found: Any, where: str) -> None:
        owner = getattr(found, "__self__", None)
        self._say(getattr(found, "__qualname__", found.__name__), getattr(found, "__module__", ""))
        if owner is not None and not isinstance(owner, ModuleType):
            self._read(owner, where)

    def _read_other(self, found: Any, where: str) -> None:
        """Read an object by what it wraps, or else by what it would be pickled as."""
        inside = [getattr(found, name, None) for name in _INSIDE]
        if any(map(callable, inside)):
            self._read(inside, where)
            self._read([getattr(found, name, None) for name in ("args", "keywords")], where)
            return
        try:
            parts = found.__reduce_ex__(4)
        except Exception:
            self.unread[where] = f"a {type(found).__module__}.{type(found).__qualname__}"
            return
        if isinstance(parts, str):  # a global of that name
            self._read(type(found), where)
            self._say(parts)
            return
        maker, arguments, *rest = parts
        state, items, pairs = (*rest[:3], None, None, None)[:3]
        self._read(type(found), where)
        self._read([maker, arguments, state], where)
        self._read([list(items or ()), list(pairs or ())], where)

    def _package(self, name: str, *words: str) -> None:
        self._say(name, *words)
        if name not in OURS and name not in sys.stdlib_module_names:
            self.packages[name] = _version_of(name)


_READERS = (
    (CodeType, Reading._read_code),
    (FunctionType, Reading._read_function),
    (type, Reading._read_class),
    (MethodType, Reading._read_method),
    (CellType, Reading._read_cell),
    (_OF_C, Reading._read_c),
    ((tuple, list), Reading._read_items),
    ((set, frozenset), Reading._read_set),
    (dict, Reading._read_mapping),
    ((np.ndarray, np.generic), Reading._read_array),
)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def _names_in(code: CodeType) -> frozenset[str]:
    return frozenset(name for each in _codes(code) for name in each.co_names)


def _globals_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield the globals that a function names, and the modules that it imports, in order."""
    named: dict[str, Any] = {}
    for code in _codes(function.__code__):
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and step.argval in function.__globals__:
                named[step.argval] = function.__globals__[step.argval]
            elif step.opname == "IMPORT_NAME" and step.argval:
                named[f"import {step.argval}"] = _imported(step.argval)
    yield from sorted(named.items())


def _imported(name: str) -> ModuleType | str:
    try:
        return importlib.import_module(name)
    except ImportError:  # as the function will find out
        return f"no module {name}"


@cache
def _library_folders() -> tuple[Path, ...]:
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({Path(sysconfig.get_path(kind)).resolve() for kind in kinds})


@cache
def _package_of_file(file: str) -> str | None:
    """Return the package that a file belongs to; None if it is the user's own."""
    if file.startswith("<frozen"):
        return "builtins"
    path = Path(file)
    if not path.is_absolute() and not path.exists():  # <stdin>, <string>, a cell of a notebook
        return None
    path = path.resolve()
    for own in OURS:
        if path.is_relative_to(Path(__file__).resolve().parents[2] / own):
            return own
    parts = path.parts
    for mark in ("site-packages", "dist-packages"):
        if mark in parts:
            return parts[parts.index(mark) + 1].removesuffix(".py")
    return "builtins" if any(path.is_relative_to(each) for each in _library_folders()) else None


def _package_of_module(name: str) -> str | None:
    module = sys.modules.get(name)
    if name == "__main__" or module is None:
        return None
    file = getattr(module, "__file__", None)
    if file is None:
        top = name.partition(".")[0]
        return top if top in sys.stdlib_module_names else None
    top = _package_of_file(file)
    return name.partition(".")[0] if top is not None else None


def _package_of_class(found: type) -> str | None:
    """Return the package of a class that can be found there by its name."""
    module = builtins if found.__module__ == "builtins" else sys.modules.get(found.__module__)
    there: Any = module
    for part in found.__qualname__.split("."):
        there = getattr(there, part, None)
    is_there = there is found or (module is not builtins and "<locals>" in found.__qualname__)
    return _package_of_module(found.__module__) if is_there else None


@cache
def _version_of(package: str) -> str:
    names = packages_distributions().get(package, [package])
    try:
        return ", ".join(sorted({version(name) for name in names}))
    except PackageNotFoundError:
        return str(getattr(sys.modules.get(package), "__version__", "unknown"))


def package_versions(names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the versions of those packages that are installed."""
    return {name: found for name in names if (found := _version_of(name)) != "unknown"}
