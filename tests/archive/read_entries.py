"""Prints what h5py finds in a snapshot, as JSON: bytes of datasets as hex, attributes as they are."""
import json
import sys

import h5py
import numpy


def plain(value):
    """An attribute as JSON: floats by the hex digits of their bits."""
    if isinstance(value, str):
        return {"text": value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    value = numpy.asarray(value)
    return {"dtype": str(value.dtype), "hex": value.tobytes().hex()}


def walk(group, path, found):
    for name in group:
        item = group[name]
        where = path + "/" + name
        entry = {"attributes": {key: plain(value) for key, value in item.attrs.items()}}
        if isinstance(item, h5py.Dataset):
            data = item[...]
            entry["dtype"] = str(data.dtype)
            entry["shape"] = list(data.shape)
            entry["hex"] = numpy.ascontiguousarray(data).tobytes().hex()
        found[where] = entry
        if isinstance(item, h5py.Group):
            walk(item, where, found)


with h5py.File(sys.argv[1], "r") as file:
    found = {"/": {"attributes": {key: plain(value) for key, value in file.attrs.items()}}}
    walk(file, "", found)
    print(json.dumps(found))
