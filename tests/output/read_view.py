"""What ParaView makes of files: read_view.py PICTURE FILE...; JSON on the last line of the output.

The picture is of the first file, coloured by its first array of points.
"""
import json
import sys

from paraview.simple import (CleantoGrid, ColorBy, GetActiveViewOrCreate, GetAnimationScene,
                             IntegrateVariables, OpenDataFile, ResetCamera, SaveScreenshot, Show)


def arrays(data):
    found = {}
    for i in range(data.GetNumberOfArrays()):
        array = data.GetArray(i)
        components = array.GetNumberOfComponents()
        found[array.GetName()] = [list(array.GetRange(c)) for c in range(components)]
    return found


def places(reader):
    """How many points there are when those at the same place are one."""
    clean = CleantoGrid(reader)
    clean.UpdatePipeline()
    return clean.GetDataInformation().GetNumberOfPoints()


picture, *paths = sys.argv[1:]
result = {}
for number, path in enumerate(paths):
    reader = OpenDataFile(path)
    reader.UpdatePipeline()
    info = reader.GetDataInformation()
    times = list(getattr(reader, "TimestepValues", None) or [])
    steps = []
    for time in times:
        reader.UpdatePipeline(time)
        steps.append(arrays(reader.PointData))
    reader.UpdatePipeline(times[0] if times else 0)
    integral = IntegrateVariables(reader)
    integral.UpdatePipeline(times[0] if times else 0)
    result[path] = {
        "reader": reader.GetXMLName(),
        "points": info.GetNumberOfPoints(),
        "places": places(reader),
        "cells": info.GetNumberOfCells(),
        "bounds": list(info.GetBounds()),
        "point": arrays(reader.PointData),
        "cell": arrays(reader.CellData),
        "integral": {"point": arrays(integral.PointData), "cell": arrays(integral.CellData)},
        "times": times,
        "steps": steps,
    }
    if number == 0:
        view = GetActiveViewOrCreate("RenderView")
        view.ViewSize = [400, 300]
        shown = Show(reader, view)
        ColorBy(shown, ("POINTS", reader.PointData.GetArray(0).GetName()))
        ResetCamera(view)
        SaveScreenshot(picture, view)
print(json.dumps(result))
