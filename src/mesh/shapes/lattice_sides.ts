/**
 * The sides of boxes that are cut into equal boxes.
 *
 * @module
 */

/** The four sides, each running with the box on its left. */
export function sides(nx: number, ny: number): Map<string, Int32Array> {
  const line = (start: number, step: number, count: number) => {
    const nodes = new Int32Array(2 * count);
    for (let i = 0; i < count; i++) {
      nodes[2 * i] = start + step * i;
      nodes[2 * i + 1] = start + step * (i + 1);
    }
    return nodes;
  };
  const row = nx + 1, last = row * (ny + 1) - 1;
  return new Map([
    ["left", line(last - nx, -row, ny)],
    ["right", line(nx, row, ny)],
    ["bottom", line(0, 1, nx)],
    ["top", line(last, -1, nx)],
  ]);
}

/** The six faces, each square cut along its diagonal from lowest to highest, turning outwards. */
export function faces(nx: number, ny: number, nz: number): Map<string, Int32Array> {
  const dx = 1, dy = nx + 1, dz = (nx + 1) * (ny + 1);
  /** Squares spanned by `u` and `v`, where u, v and the outward normal are right-handed. */
  const face = (start: number, u: number, nu: number, v: number, nv: number) => {
    const nodes = new Int32Array(6 * nu * nv);
    let at = 0;
    for (let j = 0; j < nv; j++) {
      for (let i = 0; i < nu; i++) {
        const a = start + i * u + j * v;
        nodes[at++] = a;
        nodes[at++] = a + u;
        nodes[at++] = a + u + v;
        nodes[at++] = a;
        nodes[at++] = a + u + v;
        nodes[at++] = a + v;
      }
    }
    return nodes;
  };
  return new Map([
    ["left", face(0, dz, nz, dy, ny)],
    ["right", face(nx * dx, dy, ny, dz, nz)],
    ["bottom", face(0, dy, ny, dx, nx)],
    ["top", face(nz * dz, dx, nx, dy, ny)],
    ["front", face(0, dx, nx, dz, nz)],
    ["back", face(ny * dy, dz, nz, dx, nx)],
  ]);
}
