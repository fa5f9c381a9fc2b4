"""Makes hostile files of a sound one: craft_files.py HDF5 FOLDER. Checksums are left to the test."""
import json
import os
import sys

import h5py
import numpy as np

source, folder = sys.argv[1:]
raw = open(source, "rb").read()
made = 0


def make(name, change):
    global made
    path = os.path.join(folder, name + ".h5")
    with open(path, "wb") as file:
        file.write(raw)
    try:
        with h5py.File(path, "r+") as file:
            change(file)
        made += 1
    except (TypeError, ValueError, OSError, RuntimeError):
        os.remove(path)  # HDF5 does not make such a thing.


def put(item, name, value):
    if name in item.attrs:
        del item.attrs[name]
    item.attrs[name] = value


def mark(path, **fields):
    def change(file):
        now = json.loads(file[path].attrs["timestash"])
        now.update(fields)
        put(file[path], "timestash", json.dumps({k: v for k, v in now.items() if v != "gone"}))
    return change


kinds = ["group", "array", "record", "list", "numbers", "texts", "ndarray", "date", "expression", "alias", "banana", 5]
records, lists, arrays, owners = [], [], [], []
with h5py.File(source, "r") as file:
    def look(path, item):
        if path.startswith(("VTKHDF", "metadata")):
            return
        if isinstance(item, h5py.Dataset):
            arrays.append(path)
        elif "timestash" in item.attrs:
            lists.append(path) if "keys" in json.loads(item.attrs["timestash"]) else owners.append(path)
    file.visititems(look)

lists, owners, arrays = lists[:14], owners[:5], arrays[:6]  # One of every kind is among them.
for path in lists + owners + arrays:
    name = path.replace("/", "_")
    for kind in kinds:
        make(f"kind_{kind}_{name}", mark(path, kind=kind))
    odd = [["time", "Z"], ["x"], 5, None]
    make(f"attributes_{name}", mark(path, attributes=odd))
    make(f"more_{name}", mark(path, more=[["time", "f", "zz"], ["step", "I", "x"], ["dt", "j", "{"]]))
    make(f"proto_{name}", mark(path, attributes=[["__proto__", "f", "time"], ["constructor", "f", "step"]]))
    make(f"class_{name}", mark(path, className=7))
    for i, text in enumerate(["{{{", "null", "3", "[]", "{}", "[" * 5000 + "]" * 5000]):
        make(f"mark{i}_{name}", lambda file: put(file[path], "timestash", text))
for path in lists:
    name = path.replace("/", "_")
    for i, keys in enumerate(["gone", 5, None, {}, ["__proto__", "constructor"], ["..", "../metadata"], ["", "/"],
                              [{}, None, [1]], ["a", "a"]]):
        make(f"keys{i}_{name}", mark(path, keys=keys))

for path in arrays:
    name = path.replace("/", "_")
    for i, shape in enumerate([[-1, -81], [1e300, 1e-300], "xx", [1.5], [0]]):
        make(f"shape{i}_{name}", mark(path, shape=shape))
    for kind in ["banana", "constructor", "float16", "int64"]:
        make(f"type_{kind}_{name}", mark(path, elementType=kind))

    def again(label, build, path=path, name=name):
        def change(file):
            attributes, numbers = dict(file[path].attrs), file[path][()]
            del file[path]
            made_again = build(file, path, numbers)
            for key, value in attributes.items():
                made_again.attrs[key] = value
        make(f"{label}_{name}", change)

    def virtual(where):
        def build(file, path, numbers):
            layout = h5py.VirtualLayout(shape=numbers.shape, dtype=numbers.dtype)
            layout[...] = h5py.VirtualSource(where, path, shape=numbers.shape)
            return file.create_virtual_dataset(path, layout)
        return build

    def dataset(**options):
        return lambda file, path, numbers: file.create_dataset(path, **options)

    again("other_type", lambda f, p, x: f.create_dataset(p, data=x.astype("f4")))
    again("compound", lambda f, p, x: f.create_dataset(p, data=np.zeros(x.shape, dtype=[("a", "f8")])))
    again("texts", lambda f, p, x: f.create_dataset(p, data=["a"] * 4))
    again("references", lambda f, p, x: f.create_dataset(p, data=[f.ref] * 4, dtype=h5py.ref_dtype))
    again("ragged", dataset(shape=(4,), dtype=h5py.vlen_dtype("f8")))
    again("array_type", dataset(shape=(4,), dtype=np.dtype(("f8", (3,)))))
    again("long", lambda f, p, x: f.create_dataset(p, data=x.astype(np.longdouble)))
    again("big_endian", lambda f, p, x: f.create_dataset(p, data=x.astype(x.dtype.newbyteorder(">"))))
    again("nothing", dataset(data=h5py.Empty("f8")))
    again("scalar", dataset(data=1.5))
    again("empty", lambda f, p, x: f.create_dataset(p, shape=(0,), dtype=x.dtype))
    again("flat", lambda f, p, x: f.create_dataset(p, shape=(1,) * 31 + (x.size,), dtype=x.dtype))
    for label, shape in [("huge", (2**60,)), ("wide", (2**40, 2**15)), ("four_gb", (2**29,)), ("more_gb", (2**31,))]:
        again(label, dataset(shape=shape, dtype="f8", chunks=(16,) * len(shape)))
    again("bomb", dataset(data=np.zeros(2**26), chunks=(2**22,), compression="gzip"))
    again("raw", dataset(shape=(4,), dtype="f8", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)]))
    again("lzf", lambda f, p, x: f.create_dataset(p, data=x, chunks=True, compression="lzf"))
    again("fletcher", lambda f, p, x: f.create_dataset(p, data=x, chunks=True, fletcher32=True))
    again("outside", virtual("/etc/passwd"))
    again("itself", virtual("."))

for path in ["meshes", "tracker", lists[0], arrays[0], arrays[-1]]:
    name = path.replace("/", "_")
    links = [h5py.SoftLink("/" + path), h5py.SoftLink("/"), h5py.SoftLink("/nowhere")]
    links += [h5py.ExternalLink(to, "/x") for to in ["/etc/passwd", "../../../etc/hostname", "/dev/zero", "/dev/stdin", "/etc"]]
    for i, link in enumerate(links):
        def change(file, link=link, path=path):
            del file[path]
            file[path] = link
        make(f"link{i}_{name}", change)
for i, value in enumerate([7, np.arange(10), "5", "null", "[1]", "{", '["tracker","tracker"]', '["../../x"]', float("nan")]):
    make(f"keys{i}", lambda file: put(file, "keys_json", value))
    make(f"schema{i}", lambda file: put(file, "schema_version", value))
    make(f"time{i}", lambda file: put(file["tracker"], "time", value))
    make(f"step{i}", lambda file: put(file["tracker"], "step", value))
    make(f"ranks{i}", lambda file: put(file["metadata"], "ranks_at_write", value))
    make(f"created{i}", lambda file: put(file["metadata"], "created_at", value))
make("reference", lambda file: put(file["tracker"], "time", file.ref))
make("complex", lambda file: put(file["tracker"], "time", np.complex128(1 + 2j)))
make("no_text", lambda file: put(file["tracker"], "note", b"\xff\xfe\xff"))
make("many", lambda file: [put(file["tracker"], f"a{i}", float(i)) for i in range(3000)])
print(made)
