"""Reads a packed table as the page's script does."""

import zlib

import numpy as np


def unpacked(pack):
    """Return the columns of a packed table, as the page reads them."""
    content, found = zlib.decompress(pack.content), {}
    for name, shape, signed, width in pack.header["columns"]:
        count = int(np.prod(shape))
        planes = np.frombuffer(content[: width * count], np.uint8).reshape(width, count)
        content = content[width * count :]
        whole = sum(plane.astype(np.int64) << (8 * k) for k, plane in enumerate(planes))
        found[name] = ((whole >> 1) ^ -(whole & 1) if signed else whole).reshape(shape)
    assert content == b""
    return found
