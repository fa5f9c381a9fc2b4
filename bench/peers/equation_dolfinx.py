"""The problems of bench/equation_bench.ts in dolfinx: one line of JSON per case.

    python3 bench/peers/equation_dolfinx.py

Forms are compiled, and warmed up on a small mesh, before anything is timed.
"""
import json
import sys
import time

try:
    import numpy
    import ufl
    from dolfinx import fem, mesh
    from dolfinx.fem import petsc
    from dolfinx.nls.petsc import NewtonSolver
    from mpi4py import MPI
    from petsc4py import PETSc
except ImportError:
    sys.exit(1)

cos, sin = numpy.cos, numpy.sin


def show(**case):
    print(json.dumps({"peer": "dolfinx", **case}), flush=True)


def best(work, times=5):
    least = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return 1000 * least


def form_of(name, domain, u, v, degree):
    """The weak forms of the bench, each with the quadrature that the bench has for it."""
    grad, inner = ufl.grad, ufl.inner
    k = fem.Function(fem.FunctionSpace(domain, ("Lagrange", 1)))
    k.interpolate(lambda x: 1 + x[0])
    slope = inner(grad(u), grad(u))
    rows = {
        "k a field": (k * inner(grad(u), grad(v)) - v, 2 * degree),
        "bratu": (inner(grad(u), grad(v)) - ufl.exp(u) * v, 2 * degree + 2),
        "p-laplace": (
            (1e-3 + slope) ** 0.25 * inner(grad(u), grad(v)) - v,
            max(2 * degree, 4 * (degree - 1) + 2),
        ),
        "k(u)": ((1 + u**2) * inner(grad(u), grad(v)) - v, 4 * degree - 2),
    }
    return rows[name]


def assembly(name, dim, degree, n):
    """Residual and Jacobian of a weak form."""
    domain = (
        mesh.create_unit_square(MPI.COMM_SELF, n, n)
        if dim == 2
        else mesh.create_unit_cube(MPI.COMM_SELF, n, n, n)
    )
    space = fem.FunctionSpace(domain, ("Lagrange", degree))
    u, v, du = fem.Function(space), ufl.TestFunction(space), ufl.TrialFunction(space)
    u.interpolate(lambda x: 0.3 * x[0] * x[1])
    integrand, exact = form_of(name, domain, u, v, degree)
    f = integrand * ufl.dx(metadata={"quadrature_degree": exact})
    residual, jacobian = fem.form(f), fem.form(ufl.derivative(f, u, du))
    matrix, vector = petsc.create_matrix(jacobian), petsc.create_vector(residual)

    def assemble():
        matrix.zeroEntries()
        petsc.assemble_matrix(matrix, jacobian)
        matrix.assemble()
        with vector.localForm() as local:
            local.set(0)
        petsc.assemble_vector(vector, residual)

    assemble()
    return space.dofmap.index_map.size_global, best(assemble)


def cahn_hilliard(cells, steps, rtol=1e-11):
    domain = mesh.create_unit_square(MPI.COMM_SELF, cells, cells)
    p1 = ufl.FiniteElement("Lagrange", domain.ufl_cell(), 1)
    space = fem.FunctionSpace(domain, p1 * p1)
    w, w0 = fem.Function(space), fem.Function(space)
    q, v = ufl.TestFunctions(space)
    c, mu = ufl.split(w)
    c0, _ = ufl.split(w0)
    w.sub(0).interpolate(
        lambda x: 0.63
        + 0.02 * sin(23 * x[0] + 1) * cos(31 * x[1] + 2)
        + 0.01 * sin(57 * x[0] - 35 * x[1])
    )
    w.x.scatter_forward()
    c = ufl.variable(c)
    well = 100 * c**2 * (1 - c) ** 2
    slope = ufl.diff(well, c)
    dt, surface = 5e-6, 1e-2
    dx = ufl.dx(metadata={"quadrature_degree": 4})
    f = (
        (c - c0) / dt * q * dx
        + ufl.dot(ufl.grad(mu), ufl.grad(q)) * dx
        + mu * v * dx
        - slope * v * dx
        - surface * ufl.dot(ufl.grad(c), ufl.grad(v)) * dx
    )
    energy = fem.form(well * dx + surface / 2 * ufl.dot(ufl.grad(c), ufl.grad(c)) * dx)
    solver = NewtonSolver(MPI.COMM_SELF, fem.petsc.NonlinearProblem(f, w))
    solver.convergence_criterion, solver.rtol, solver.atol = "residual", rtol, 1e-18
    krylov = solver.krylov_solver
    krylov.setType("preonly")
    krylov.getPC().setType("lu")
    start = fem.assemble_scalar(energy)
    times, iterations = [], []
    for _ in range(steps):
        w0.x.array[:] = w.x.array
        begin = time.process_time()
        iterations.append(solver.solve(w)[0])
        times.append(time.process_time() - begin)
    end = fem.assemble_scalar(energy)
    return start, end, times, iterations


if __name__ == "__main__":
    for dim, degree, n in [(2, 1, 316), (2, 2, 158), (3, 1, 46), (3, 2, 23)]:
        for name in ["k a field", "bratu", "p-laplace", "k(u)"]:
            assembly(name, dim, degree, 2)
            dofs, ms = assembly(name, dim, degree, n)
            show(what=name, space=f"{dim}-D P{degree}", dofs=dofs, ms=ms)
    cahn_hilliard(4, 1)
    for cells in [20, 140]:
        start, end, times, iterations = cahn_hilliard(cells, 10)
        show(
            what="cahn-hilliard",
            cells=cells,
            start=start,
            end=end,
            ms=1000 * sum(times) / len(times),
            newton=[min(iterations), max(iterations)],
        )
