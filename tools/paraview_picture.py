"""What ParaView shows of a snapshot of a body: half of it.

    xvfb-run pvpython tools/paraview_picture.py ball.snap.h5 picture.png
"""
import sys

from paraview.simple import (Clip, ColorBy, GetActiveViewOrCreate, GetColorTransferFunction,
                             GetScalarBar, ResetCamera, SaveScreenshot, Show, VTKHDFReader)

snapshot, picture = sys.argv[1:]
body = VTKHDFReader(FileName=snapshot)
half = Clip(body, ClipType="Plane")
half.ClipType.Origin = [1, 0.3, 0.5]
half.ClipType.Normal = [0, -1, 0]

view = GetActiveViewOrCreate("RenderView")
view.ViewSize = [680, 420]
view.UseColorPaletteForBackground = 0
view.Background = [1, 1, 1]
view.OrientationAxesLabelColor = [0, 0, 0]
shown = Show(half, view)
ColorBy(shown, ("POINTS", "T"))
colors = GetColorTransferFunction("T")
colors.ApplyPreset("Viridis (matplotlib)", True)
bar = GetScalarBar(colors, view)
bar.Title, bar.ComponentTitle = "T (K)", ""
bar.TitleColor = bar.LabelColor = [0, 0, 0]
bar.AutomaticLabelFormat = 0
bar.LabelFormat = bar.RangeLabelFormat = "%.0f"
bar.WindowLocation, bar.Position = "Any Location", [0.88, 0.25]
bar.Visibility = 1
view.CameraPosition, view.CameraViewUp = [1.8, -3.2, 1.9], [0, 0, 1]
view.CameraFocalPoint = [1, 0.5, 0.5]
ResetCamera(view)
view.CameraParallelProjection = 1
view.CameraParallelScale = 0.9
SaveScreenshot(picture, view)
