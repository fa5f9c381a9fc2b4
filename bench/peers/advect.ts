/**
 * The same particles moved in C: midpoint rule, walk from the last cell, barycentric interpolation in
 * doubles (no exact predicates, no look at finiteness, no edge of the domain).
 *
 * @module
 */
import { output } from "./output.ts";
import { geometryOf, type Mesh } from "../../src/mesh/mesh.ts";

const SOURCE = `
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
static int order(const void *a, const void *b) { double d = *(double *)a - *(double *)b; return (d > 0) - (d < 0); }
static void *load(const char *folder, const char *name, long *bytes) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  fseek(file, 0, SEEK_END); *bytes = ftell(file); rewind(file);
  void *data = malloc(*bytes);
  if (fread(data, 1, *bytes, file) != (size_t)*bytes) exit(1);
  fclose(file);
  return data;
}
static const int *cells, *next;
static const double *x, *g, *v;
static int locate(double px, double py, int c, double *l) {
  for (;;) {
    const double *j = g + 4 * c, *o = x + 2 * cells[3 * c];
    double dx = px - o[0], dy = py - o[1];
    l[1] = j[0] * dx + j[1] * dy;
    l[2] = j[2] * dx + j[3] * dy;
    l[0] = 1 - l[1] - l[2];
    int k = l[1] < l[0] ? 1 : 0;
    if (l[2] < l[k]) k = 2;
    if (l[k] >= 0 || next[3 * c + k] < 0) return c;
    c = next[3 * c + k];
  }
}
static void velocity(int c, const double *l, double *out) {
  const double *a = v + 2 * cells[3 * c], *b = v + 2 * cells[3 * c + 1], *d = v + 2 * cells[3 * c + 2];
  out[0] = l[0] * a[0] + l[1] * b[0] + l[2] * d[0];
  out[1] = l[0] * a[1] + l[1] * b[1] + l[2] * d[1];
}
int main(int argc, char **argv) {
  long bytes, n;
  cells = load(argv[1], "cells", &bytes);
  next = load(argv[1], "neighbours", &bytes);
  x = load(argv[1], "coordinates", &bytes);
  g = load(argv[1], "inverses", &bytes);
  v = load(argv[1], "velocity", &bytes);
  int *at = load(argv[1], "at", &bytes);
  double *p = load(argv[1], "points", &bytes), dt = atof(argv[2]), times[7], l[3], w[2];
  n = bytes / 16;
  for (int s = 0; s < 7; s++) {
    double start = now();
    for (long i = 0; i < n; i++) {
      int c = locate(p[2 * i], p[2 * i + 1], at[i], l);
      velocity(c, l, w);
      c = locate(p[2 * i] + dt / 2 * w[0], p[2 * i + 1] + dt / 2 * w[1], c, l);
      velocity(c, l, w);
      p[2 * i] += dt * w[0];
      p[2 * i + 1] += dt * w[1];
      at[i] = locate(p[2 * i], p[2 * i + 1], c, l);
    }
    times[s] = now() - start;
  }
  qsort(times + 1, 6, sizeof(double), order);
  printf("%.9f", times[4]);
  FILE *file = fopen(argv[3], "wb");
  fwrite(p, 16, n, file);
  fclose(file);
  return 0;
}`;

/** What C needed for a step, and where the particles are after seven. */
export interface PeerRun {
  readonly seconds: number;
  /** `[n x 2]`. */
  readonly points: Float64Array;
}

/** Runs the peer; null where there is no compiler, or no permission to run it. */
export async function advectInC(
  mesh: Mesh,
  velocity: Float64Array,
  points: Float64Array,
  dt: number,
): Promise<PeerRun | null> {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") return null;
  const { topology, coordinates, inverseJacobians: inverses } = geometryOf(mesh);
  const { cells, neighbours } = topology;
  const folder = await Deno.makeTempDir();
  try {
    const at = mesh.locate(points).cells;
    const arrays = { cells, neighbours, coordinates, inverses, velocity, points, at };
    for (const [name, array] of Object.entries(arrays)) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      await Deno.writeFile(`${folder}/${name}`, bytes as Uint8Array<ArrayBuffer>);
    }
    await Deno.writeTextFile(`${folder}/advect.c`, SOURCE);
    const compiled = ["-O3", "-march=native", "-o", `${folder}/advect`, `${folder}/advect.c`];
    if (await output("cc", compiled) === null) return null;
    const printed = await output(`${folder}/advect`, [folder, `${dt}`, `${folder}/moved`]);
    if (printed === null) return null;
    const moved = new Float64Array((await Deno.readFile(`${folder}/moved`)).buffer);
    return { seconds: Number(printed), points: moved };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
