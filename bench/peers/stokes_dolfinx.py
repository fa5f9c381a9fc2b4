"""The problems of bench/stokes_bench.ts in dolfinx: one line per case and solver.

    /usr/bin/python3 bench/peers/stokes_dolfinx.py [--small]

Taylor-Hood; fgmres with an upper Schur field split, the pressure by the diagonal of its mass matrix over the
viscosity, the velocity by one cycle of GAMG (with rigid motions; Chebyshev and Jacobi) or of BoomerAMG; and MUMPS.
The viscosity of bodies is taken at the middles of cells. Forms are compiled before anything is timed.
"""
import sys
import time

try:
    import numpy as np
    import ufl
    from dolfinx import fem, mesh
    from dolfinx.fem import petsc
    from mpi4py import MPI
    from petsc4py import PETSc
except ImportError:
    sys.exit(1)

pi = np.pi
CENTRES = [(0.2, 0.25), (0.5, 0.2), (0.8, 0.3), (0.3, 0.55), (0.65, 0.5), (0.15, 0.8), (0.5, 0.8), (0.85, 0.75)]


def in_disc(x):
    inside = np.zeros(x.shape[1], dtype=bool)
    for a, b in CENTRES:
        inside |= np.hypot(x[0] - a, x[1] - b) < 0.1
    return inside


def heat(x):
    return 1 - x[2] + 0.1 * np.cos(pi * x[0]) * np.cos(pi * x[1]) * np.sin(pi * x[2])


PROBLEMS = {
    "cavity": (2, (35, 79, 158), lambda x: np.ones(x.shape[1]), None),
    "solcx": (
        2,
        (36, 80, 158),
        lambda x: np.where(x[0] < 0.5, 1.0, 1e6),
        lambda x: np.sin(pi * x[1]) * np.cos(pi * x[0]),
    ),
    "discs": (2, (35, 79, 158), lambda x: np.where(in_disc(x), 1e6, 1.0), lambda x: -1.0 * in_disc(x)),
    "block": (3, (7, 12, 20), lambda x: np.exp(-np.log(1e3) * heat(x)), lambda x: 1e4 * heat(x)),
}


def walls(domain, V, name):
    dim = domain.geometry.dim
    facets = lambda where: mesh.locate_entities_boundary(domain, dim - 1, where)
    if name == "cavity":
        lid = fem.Function(V)
        lid.interpolate(lambda x: np.vstack((np.ones(x.shape[1]), np.zeros(x.shape[1]))))
        rest = fem.Function(V)
        sides = lambda x: np.isclose(x[0], 0) | np.isclose(x[0], 1) | np.isclose(x[1], 0)
        dofs = lambda where: fem.locate_dofs_topological(V, dim - 1, facets(where))
        return [fem.dirichletbc(rest, dofs(sides)), fem.dirichletbc(lid, dofs(lambda x: np.isclose(x[1], 1)))]
    conditions = []
    for d in range(dim):
        sub = V.sub(d)
        where = facets(lambda x, d=d: np.isclose(x[d], 0) | np.isclose(x[d], 1))
        dofs = fem.locate_dofs_topological(sub, dim - 1, where)
        conditions.append(fem.dirichletbc(PETSc.ScalarType(0), dofs, sub))
    return conditions


def rigid_motions(V, matrix):
    dim = V.mesh.geometry.dim
    x = V.tabulate_dof_coordinates()
    rows = x.shape[0] * dim
    fields = []
    for d in range(dim):
        field = np.zeros((x.shape[0], dim))
        field[:, d] = 1
        fields.append(field)
    for a, b in [(0, 1)] if dim == 2 else [(0, 1), (1, 2), (2, 0)]:
        field = np.zeros((x.shape[0], dim))
        field[:, a], field[:, b] = -x[:, b], x[:, a]
        fields.append(field)
    basis, _ = np.linalg.qr(np.array(fields).reshape(len(fields), rows).T)
    vectors = [PETSc.Vec().createWithArray(np.ascontiguousarray(basis[:, k])) for k in range(len(fields))]
    return PETSc.NullSpace().create(vectors=vectors)


class Case:
    def __init__(self, name, n):
        dim, _, viscosity, force = PROBLEMS[name]
        make = mesh.create_unit_square if dim == 2 else mesh.create_unit_cube
        self.domain = make(MPI.COMM_SELF, *([n] * dim))
        self.V = fem.VectorFunctionSpace(self.domain, ("Lagrange", 2))
        self.Q = fem.FunctionSpace(self.domain, ("Lagrange", 1))
        W = fem.FunctionSpace(self.domain, ("DG", 0))
        eta = fem.Function(W)
        eta.interpolate(viscosity)
        f = fem.Function(self.V)
        if force is not None:
            f.interpolate(lambda x: np.vstack([np.zeros(x.shape[1])] * (dim - 1) + [force(x)]))
        u, v = ufl.TrialFunction(self.V), ufl.TestFunction(self.V)
        p, q = ufl.TrialFunction(self.Q), ufl.TestFunction(self.Q)
        strain = lambda w: ufl.sym(ufl.grad(w))
        rule = ufl.dx(metadata={"quadrature_degree": 2})
        self.a = fem.form(
            [
                [2 * eta * ufl.inner(strain(u), strain(v)) * rule, -p * ufl.div(v) * rule],
                [-q * ufl.div(u) * rule, None],
            ]
        )
        self.L = fem.form([ufl.inner(f, v) * ufl.dx, ufl.inner(fem.Constant(self.domain, 0.0), q) * ufl.dx])
        self.mass = fem.form(-1 / eta * p * q * rule)
        self.bcs = walls(self.domain, self.V, name)
        self.velocities = self.V.dofmap.index_map.size_global * dim

    def split(self, cycle):
        A = petsc.assemble_matrix_nest(self.a, bcs=self.bcs)
        A.assemble()
        M = petsc.assemble_matrix(self.mass)
        M.assemble()
        P = PETSc.Mat().createNest([[A.getNestSubMatrix(0, 0), A.getNestSubMatrix(0, 1)], [A.getNestSubMatrix(1, 0), M]])
        P.assemble()
        b = petsc.assemble_vector_nest(self.L)
        petsc.apply_lifting_nest(b, self.a, self.bcs)
        petsc.set_bc_nest(b, fem.bcs_by_block(fem.extract_function_spaces(self.L), self.bcs))
        constant = petsc.create_vector_nest(self.L)
        parts = constant.getNestSubVecs()
        parts[0].set(0)
        parts[1].set(1)
        constant.normalize()
        A.setNullSpace(PETSc.NullSpace().create(vectors=[constant]))
        velocity = A.getNestSubMatrix(0, 0)
        velocity.setNearNullSpace(rigid_motions(self.V, velocity))
        options = PETSc.Options()
        given = {
            "ksp_type": "fgmres",
            "ksp_gmres_restart": 100,
            "pc_type": "fieldsplit",
            "pc_fieldsplit_type": "schur",
            "pc_fieldsplit_schur_fact_type": "upper",
            "pc_fieldsplit_schur_precondition": "a11",
            "fieldsplit_u_ksp_type": "preonly",
            "fieldsplit_p_ksp_type": "preonly",
            "fieldsplit_p_pc_type": "jacobi",
            "fieldsplit_u_pc_type": cycle,
        }
        if cycle == "gamg":
            given.update(
                {
                    "fieldsplit_u_mg_levels_ksp_type": "chebyshev",
                    "fieldsplit_u_mg_levels_pc_type": "jacobi",
                    "fieldsplit_u_mg_levels_ksp_max_it": 2,
                }
            )
        for key, value in given.items():
            options[key] = value
        ksp = PETSc.KSP().create(MPI.COMM_SELF)
        ksp.setOperators(A, P)
        ksp.setTolerances(rtol=1e-8, max_it=400)
        spaces = P.getNestISs()[0]
        ksp.getPC().setType("fieldsplit")
        ksp.getPC().setFieldSplitIS(("u", spaces[0]), ("p", spaces[1]))
        ksp.setFromOptions()
        x = petsc.create_vector_nest(self.L)
        ksp.solve(b, x)
        for key in given:
            options.delValue(key)
        return ksp.getIterationNumber(), ksp.getConvergedReason() > 0

    def direct(self):
        A = petsc.assemble_matrix_block(self.a, bcs=self.bcs)
        A.assemble()
        b = petsc.assemble_vector_block(self.L, self.a, bcs=self.bcs)
        ksp = PETSc.KSP().create(MPI.COMM_SELF)
        ksp.setOperators(A)
        ksp.setType("preonly")
        ksp.getPC().setType("lu")
        ksp.getPC().setFactorSolverType("mumps")
        # The constant of the pressure is a null pivot.
        ksp.getPC().setFactorSetUpSolverType()
        factors = ksp.getPC().getFactorMatrix()
        factors.setMumpsIcntl(24, 1)
        factors.setMumpsIcntl(14, 80)
        x = A.createVecRight()
        ksp.solve(b, x)
        return 1, ksp.getConvergedReason() > 0


def run(name, n, solver, shown=True):
    case = Case(name, n)
    start = time.process_time()
    try:
        iterations, converged = case.direct() if solver == "mumps" else case.split(solver)
    except PETSc.Error:
        iterations, converged = 0, False
    seconds = time.process_time() - start
    if shown:
        outcome = f"{iterations:4d}" if converged else "fails"
        print(f"{name:8s}{case.velocities:12d}{outcome:>6s}{seconds:9.2f}   {solver}", flush=True)


small = "--small" in sys.argv
for name, (dim, sizes, _, _) in PROBLEMS.items():
    for solver in ("gamg", "hypre", "mumps"):
        run(name, 4 if dim == 2 else 2, solver, shown=False)
    for size, n in enumerate(sizes[:2] if small else sizes):
        for solver in ("gamg", "hypre", "mumps"):
            # Direct factors of large blocks in space take minutes and gigabytes.
            if not (solver == "mumps" and dim == 3 and size > 0):
                run(name, n, solver)
