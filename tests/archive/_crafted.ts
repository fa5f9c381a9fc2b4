/** A model with a part of every kind, and files whose content is hostile though all checksums match. @module */
import { expression } from "../../src/expression/mod.ts";
import { boxMesh, Diffusion, MeshVariable, Model, Swarm, SymbolicDDt } from "../../mod.ts";
import { hashBytes, hexOf } from "../../src/xxh64.ts";
import { decodeTrailer, encodeTail, TRAILER_LENGTH } from "../../src/snapshot/file/trailer.ts";

/** The model that crafted files are made from. */
export function craftedModel(): Model {
  const model = new Model({ name: "crafted" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => x + y);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 2 });
  swarm.addVariable("f16", { dtype: "float32" });
  new Diffusion(T, { diffusivity: 1 });
  new SymbolicDDt(model, expression("x + 1"), { order: 1 });
  const state = { schemaVersion: 1, texts: ["a", "b"], numbers: [1, 2], when: new Date(0) };
  model.register({ name: "own: texts", stateClass: "Own", state });
  const nested = { list: [1, "two", null, { d: new Date(0), deep: Float64Array.of(1, 2) }] };
  Object.assign(model.tracker, { time: 0.5, step: 3, dt: 0.1, note: "as it is", nested });
  return model;
}

/** The HDF5 data of a snapshot, without what stands behind it. */
export function hdf5Of(bytes: Uint8Array): Uint8Array {
  const found = decodeTrailer(bytes.subarray(bytes.length - TRAILER_LENGTH), bytes.length);
  if (found.found !== "trailer") throw new Error("not a snapshot");
  return bytes.subarray(0, found.trailer.hdf5Length);
}

/** HDF5 data with checksums that match, as someone hostile would write them. */
export function sealed(hdf5: Uint8Array): Uint8Array {
  const xxh64 = hexOf(hashBytes(hdf5)), segments = [{ offset: 0, length: hdf5.length, xxh64 }];
  const manifest = { schemaVersion: 1, datasets: [], files: [], segments };
  const { bytes } = encodeTail(hdf5.length, manifest);
  const whole = new Uint8Array(hdf5.length + bytes.length);
  whole.set(hdf5);
  whole.set(bytes, hdf5.length);
  return whole;
}
