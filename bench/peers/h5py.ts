/** The same datasets through h5py, where it is installed. */

const program = `
import sys, time, os, statistics
import numpy, h5py
folder, megabytes, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
count = megabytes * 2**20 // 8 // 8
fields = [numpy.arange(count) * 0.618 + f for f in range(8)]
path = folder + "/h5py.h5"
def write():
    with h5py.File(folder + "/h5py.tmp", "w") as f:
        for i, u in enumerate(fields):
            f.create_dataset("meshes/Mesh_0/variables/u%d" % i, data=u)
    fd = os.open(folder + "/h5py.tmp", os.O_RDWR)
    os.fsync(fd)
    os.close(fd)
    os.rename(folder + "/h5py.tmp", path)
def read():
    with h5py.File(path, "r") as f:
        return [f["meshes/Mesh_0/variables/u%d" % i][...] for i in range(8)]
def median(work):
    times = []
    for i in range(runs + 1):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[1:])
print(median(write), median(read))
`;

/** Prints h5py's medians and how ours compare; says so where h5py is not there. */
export async function runH5py(
  folder: string,
  megabytes: number,
  runs: number,
  save: number,
  load: number,
): Promise<void> {
  for (const python of ["/usr/bin/python3", "python3"]) {
    try {
      const { success, stdout } = await new Deno.Command(python, {
        args: ["-c", program, folder, String(megabytes), String(runs)],
        stderr: "null",
      }).output();
      if (!success) continue;
      const [write, read] = new TextDecoder().decode(stdout).trim().split(" ").map(Number);
      console.log(
        `h5py write, flush, rename ${write.toFixed(1)} ms: save is ${(write / save).toFixed(2)} x`,
      );
      console.log(`h5py read ${read.toFixed(1)} ms: load is ${(read / load).toFixed(2)} x`);
      return;
    } catch {
      // Not installed, or not allowed to run: the next one, or none.
    }
  }
  console.log("h5py is not here (or --allow-run is not): left out");
}
