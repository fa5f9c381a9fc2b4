/**
 * The same copy in C (memcpy into warm memory) and in numpy (`copy()`, fresh memory), where a compiler
 * and numpy are there.
 *
 * @module
 */
import { output } from "./output.ts";

const C_SOURCE = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
static int order(const void *a, const void *b) { double d = *(double *)a - *(double *)b; return (d > 0) - (d < 0); }
int main(int n, char **arguments) {
  size_t bytes = strtoull(arguments[1], 0, 10);
  char *from = malloc(bytes), *to = malloc(bytes);
  memset(from, 1, bytes); memset(to, 2, bytes);
  double times[21];
  for (int i = 0; i < 21; i++) {
    double start = now();
    memcpy(to, from, bytes);
    times[i] = now() - start;
    from[i] = to[bytes - 1 - i];
  }
  qsort(times, 21, sizeof(double), order);
  printf("%.9f", times[10]);
  return from[0] == 77;
}`;

const NUMPY_SOURCE = `
import sys, time, numpy
array = numpy.ones(int(sys.argv[1]) // 8)
times = []
for _ in range(11):
    start = time.perf_counter()
    copy = array.copy()
    times.append(time.perf_counter() - start)
    del copy
print(sorted(times)[5])
`;

/** Runs both peers on `bytes` bytes and prints how `seconds` compares. */
export async function runPeers(bytes: number, seconds: number): Promise<void> {
  if (Deno.permissions.querySync({ name: "run" }).state !== "granted") {
    console.log("peers: left out, they need --allow-run");
    return;
  }
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/copy.c`, C_SOURCE);
    await output("cc", ["-O2", "-o", `${folder}/copy`, `${folder}/copy.c`]);
    report("memcpy in C into warm memory", await output(`${folder}/copy`, [`${bytes}`]), seconds);
    report(
      "numpy copy() into fresh memory",
      await output("/usr/bin/python3", ["-c", NUMPY_SOURCE, `${bytes}`]),
      seconds,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function report(what: string, printed: string | null, seconds: number): void {
  if (printed === null) console.log(`${what}: not there`);
  else {
    const peer = Number(printed);
    const ratio = (peer / seconds).toFixed(2);
    console.log(`${what}: ${(peer * 1e3).toFixed(2)} ms; saveState runs at ${ratio} of its speed`);
  }
}
