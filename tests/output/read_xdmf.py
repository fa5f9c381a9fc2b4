"""What meshio makes of XDMF: read_xdmf.py SERIES STEP...; JSON on the last line of the output."""
import json
import sys

import meshio


def ranges(data):
    found = {}
    for name, values in data.items():
        columns = values.reshape(len(values), -1)
        found[name] = [[float(c.min()), float(c.max())] for c in columns.T]
    return found


series, *steps = sys.argv[1:]
result = {"steps": [], "series": []}
for path in steps:
    mesh = meshio.read(path)
    result["steps"].append({
        "points": list(mesh.points.shape),
        "cells": [[block.type, list(block.data.shape)] for block in mesh.cells],
        "point": ranges(mesh.point_data),
        "cell": ranges({name: values[0] for name, values in mesh.cell_data.items()}),
    })
with meshio.xdmf.TimeSeriesReader(series) as reader:
    reader.read_points_cells()
    for number in range(reader.num_steps):
        time, points, cells = reader.read_data(number)
        result["series"].append([time, ranges(points)])
print(json.dumps(result))
