"""Costly results kept for a while: by a key, or by the parameters that they really depend on."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Generic, TypeVar

from abm.evidence.entries import Value
from abm.evidence.parameters import Parameters

Result = TypeVar("Result")


class Recent(Generic[Result]):
    """The last few results of something costly, by key; threads that ask for one share it."""

    def __init__(self, most: int) -> None:
        """Keep at most this many results, those asked for last."""
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, Future[Result]] = OrderedDict()

    def of(self, key: object, make: Callable[[], Result]) -> Result:
        """Return the result of a key, made now if nobody has it or is making it."""
        with self._lock:
            found = self._kept.get(key)
            mine: Future[Result] = Future()
            self._kept[key] = mine if found is None else found
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if found is not None:
            return found.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            with self._lock:
                self._kept.pop(key, None)
            mine.set_exception(error)
            raise
        return mine.result()


class ByWhatItReads(Generic[Result]):
    """A function of parameters, remembered by the values of the entries that it reads.

    What it reads is noted while it runs, so no list has to be kept beside it. Parameters of one
    place that agree in all entries read so far lead it down the same branches, hence to the same
    result.
    """

    def __init__(self, function: Callable[[Parameters], Result], most: int = 16) -> None:
        """Remember the function's last ``most`` results."""
        self._function = function
        self._recent: Recent[Result] = Recent(most)
        self._read: frozenset[str] = frozenset()

    def __call__(self, parameters: Parameters) -> Result:
        """Return the function's result for these parameters."""
        if not self._read:
            first = self._noted(parameters)
            return self._recent.of(self._key(parameters), lambda: first)
        return self._recent.of(self._key(parameters), lambda: self._noted(parameters))

    def _key(self, parameters: Parameters) -> tuple[object, ...]:
        read = ((path, repr(parameters[path])) for path in sorted(self._read))
        return (parameters.place.digest, *read)

    def _noted(self, parameters: Parameters) -> Result:
        noting = NotingValues(parameters.values)
        result = self._function(replace(parameters, values=noting))
        self._read = self._read | noting.asked
        return result


class NotingValues(Mapping[str, Value]):
    """Values of parameters that note which of them are asked for.

    Which entries there are is no news, only what they hold.
    """

    def __init__(self, values: Mapping[str, Value]) -> None:
        """Wrap the values."""
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, path: str) -> Value:
        """Return a value and note that it was asked for."""
        value = self._values[path]
        self.asked.add(path)
        return value

    def __contains__(self, path: object) -> bool:
        """Return whether there is such an entry."""
        return path in self._values

    def __iter__(self) -> Iterator[str]:
        """Iterate over the paths."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._values)
