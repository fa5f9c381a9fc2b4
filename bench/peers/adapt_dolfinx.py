"""The same refinements as bench/adapt_bench.ts with dolfinx, in CPU seconds.

    /usr/bin/python3 bench/peers/adapt_dolfinx.py       (Debian: python3-dolfinx)
"""
import time

import numpy as np
from dolfinx import mesh
from mpi4py import MPI


def cpu(work):
    best, result = float("inf"), None
    for _ in range(2):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def refined(domain, edges=None):
    domain.topology.create_entities(1)
    return mesh.refine(domain, redistribute=False) if edges is None else mesh.refine(domain, edges, False)


def ring(domain):
    """Edges of the cells with all corners within .05 of the circle of radius .3 around (.5, .5)."""
    domain.topology.create_connectivity(domain.topology.dim, 0)
    x = domain.geometry.x
    near = np.abs(np.hypot(x[:, 0] - 0.5, x[:, 1] - 0.5) - 0.3) < 0.05
    cells = domain.geometry.dofmap.array.reshape(-1, domain.topology.dim + 1)
    marked = np.flatnonzero(near[cells].all(axis=1)).astype(np.int32)
    domain.topology.create_entities(1)
    domain.topology.create_connectivity(domain.topology.dim, 1)
    return mesh.compute_incident_entities(domain, marked, domain.topology.dim, 1)


for domain in (
    mesh.create_unit_square(MPI.COMM_WORLD, 447, 447),
    mesh.create_unit_cube(MPI.COMM_WORLD, 32, 32, 33),
):
    size = domain.topology.index_map(domain.topology.dim).size_local
    print(f"{domain.topology.dim}-D, {size} cells")
    for name, edges in (("all", None), ("ring", ring(domain))):
        seconds, fine = cpu(lambda: refined(domain, edges))
        count = fine.topology.index_map(fine.topology.dim).size_local
        print(f"  {name:5} to {count:8}  {seconds:.2f} s  {count / seconds / 1e6:.2f} M cells/s")
