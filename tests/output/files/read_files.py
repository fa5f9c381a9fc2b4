"""Reads the files of a folder with the programs that people use, and says what is in them, as JSON."""
import importlib.util
import json
import sys
import warnings

import numpy

folder = sys.argv[1]
warnings.simplefilter("error")
said = {}

T = numpy.load(folder + "/T.npy")
said["npy"] = [str(T.dtype), list(T.shape), bool(numpy.isnan(T[0])), bool(numpy.signbit(T[1])), T[2:].tolist()]
with numpy.load(folder + "/all.npz") as archive:
    said["npz"] = {name: [str(archive[name].dtype), archive[name].tolist()] for name in archive.files}
numpy.save(folder + "/back.npy", numpy.asfortranarray(numpy.arange(6, dtype=">i4").reshape(2, 3)))
numpy.savez_compressed(folder + "/back.npz", a=numpy.arange(3) / 2)

if importlib.util.find_spec("xarray") and importlib.util.find_spec("zarr"):
    warnings.simplefilter("default")
    import xarray
    data = xarray.open_zarr(folder + "/heat.zarr")
    said["zarr"] = {
        "sizes": dict(data.sizes),
        "time": data.time.values.tolist(),
        "units": [data.time.attrs.get("units"), data["T"].attrs.get("units")],
        "coords": sorted(data["T"].coords),
        "T": data["T"].values.tolist(),
        "u": data["u"].values.tolist(),
        "energy": data["tracker_energy"].values.tolist(),
        "nodes": data["Mesh_0_face_nodes"].values.tolist(),
        "role": data["Mesh_0"].attrs["cf_role"],
        "x": data["Mesh_0_node_x"].values.tolist(),
    }

if importlib.util.find_spec("pyarrow"):
    import pyarrow.feather
    import pyarrow.parquet
    for name, table in [
        ("parquet", pyarrow.parquet.read_table(folder + "/swarm.parquet")),
        ("arrow", pyarrow.feather.read_table(folder + "/swarm.arrow")),
    ]:
        said[name] = {
            "types": [str(field.type) for field in table.schema],
            "columns": {name: table[name].to_pylist() for name in table.column_names},
        }

print(json.dumps(said))
