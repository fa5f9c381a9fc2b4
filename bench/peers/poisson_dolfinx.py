"""The problem of bench/solve_bench.ts in dolfinx: one line of JSON per case.

    python3 bench/peers/poisson_dolfinx.py

Compiled forms are warmed up on a small mesh first, so that only assembly and solve are timed.
"""
import json
import sys
import time

try:
    import dolfinx
    import numpy
    import ufl
    from dolfinx import fem, mesh
    from dolfinx.fem import petsc
    from mpi4py import MPI
    from petsc4py import PETSc
except ImportError:
    sys.exit(1)


def run(n, degree):
    square = mesh.create_unit_square(MPI.COMM_SELF, n, n)
    space = fem.FunctionSpace(square, ("Lagrange", degree))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    scalar = PETSc.ScalarType
    one = fem.Constant(square, scalar(1))
    square.topology.create_connectivity(1, 2)
    facets = mesh.exterior_facet_indices(square.topology)
    dofs = fem.locate_dofs_topological(space, 1, facets)
    held = fem.dirichletbc(scalar(0), dofs, space)
    a = fem.form(ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx)
    f = fem.form(ufl.inner(one, v) * ufl.dx)
    start = time.perf_counter()
    matrix = petsc.assemble_matrix(a, [held])
    matrix.assemble()
    b = petsc.assemble_vector(f)
    petsc.apply_lifting(b, [a], [[held]])
    fem.set_bc(b, [held])
    assembled = time.perf_counter()
    solver = PETSc.KSP().create(MPI.COMM_SELF)
    solver.setOperators(matrix)
    solver.setType("cg")
    solver.getPC().setType("hypre")
    solver.setTolerances(rtol=1e-8)
    x = matrix.createVecRight()
    solver.solve(b, x)
    solved = time.perf_counter()
    return {
        "tool": "dolfinx " + dolfinx.__version__,
        "element": "P%d" % degree,
        "dofs": space.dofmap.index_map.size_global,
        "assemble": assembled - start,
        "solve": solved - assembled,
        "iterations": solver.getIterationNumber(),
        "max": float(numpy.max(x.array.real)),
    }


for n, degree in ((316, 1), (632, 1), (158, 2)):
    run(8, degree)
    runs = [run(n, degree) for _ in range(3)]
    row = dict(runs[0])
    for key in ("assemble", "solve"):
        row[key] = min(r[key] for r in runs)
    print(json.dumps(row), flush=True)
