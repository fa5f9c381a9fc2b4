"""What VTK's own reader makes of VTKHDF files: read_vtk.py FILE...; JSON, one entry for each file."""
import json
import sys

from vtkmodules.vtkIOHDF import vtkHDFReader


def arrays(data):
    found = {}
    for i in range(data.GetNumberOfArrays()):
        array = data.GetArray(i)
        components = array.GetNumberOfComponents()
        found[array.GetName()] = [list(array.GetRange(c)) for c in range(components)]
    return found


result = []
for path in sys.argv[1:]:
    reader = vtkHDFReader()
    reader.SetFileName(path)
    reader.Update()
    grid = reader.GetOutputDataObject(0)
    result.append({
        "points": grid.GetNumberOfPoints(),
        "cells": grid.GetNumberOfCells(),
        "point": arrays(grid.GetPointData()),
        "cell": arrays(grid.GetCellData()),
    })
print(json.dumps(result))
