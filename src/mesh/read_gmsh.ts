import { fingerprintOf } from "../comm/fingerprint.ts";
import { checkOptions, type OptionNames } from "../options.ts";
import { MeshFormatError } from "../errors.ts";
import { dataOfRecipe } from "./mesh_recipe.ts";
import type { ModelHost } from "./model_host.ts";
import { gmshData } from "./gmsh/gmsh_data.ts";
import { Mesh } from "./mesh.ts";

/** What {@link readGmsh} takes besides the file. */
export interface ReadGmshOptions {
  /** A name that is unique among the meshes of the model; `Mesh_0`, `Mesh_1` ... otherwise. */
  readonly name?: string;
  /**
   * 2 keeps the mid-side nodes of elements of order 2, so that their sides may be curved; 1 gives straight cells.
   * Defaults to 2 where the file has elements of order 2, none of a higher one, and is not periodic; to 1 elsewhere.
   */
  readonly geometryDegree?: 1 | 2;
  /**
   * Whether nodes that the file says are images of others under a translation become one place, so that the mesh is
   * periodic; defaults to true.
   */
  readonly periodic?: boolean;
}

const readGmshNames: OptionNames<ReadGmshOptions> = {
  name: true,
  geometryDegree: true,
  periodic: true,
};

/**
 * Reads a mesh that Gmsh wrote: MSH 4.1, 4.0 or 2 to 2.2, text or binary, of either byte order, or MSH 1.
 *
 * Triangles in a plane z = constant make a mesh in 2-D; as soon as there are tetrahedra, they make one
 * in 3-D. Physical groups of full dimension become regions, those one dimension lower boundaries, each
 * under its name or `physical_{tag}`; a facet in several groups belongs to each. Cells are turned to
 * positive orientation and exterior facets outwards. Elements of order 2 keep their mid-side nodes, unless
 * `geometryDegree` is 1; those of higher order become straight-sided cells. Nodes of no cell are left out.
 * `mesh.notes` says what was left out, which nodes are double, and of how many unconnected pieces the mesh is made.
 *
 * Files of MSH 2 and 4.1 in which curves or surfaces are translated images of others (`Periodic Curve` in Gmsh, `$Periodic`)
 * make periodic meshes; what is on their sides is in no boundary.
 *
 * On several ranks the first one reads the file, and sends the others their parts; what is wrong with the file is the
 * error of all.
 *
 * @param model Where the mesh belongs.
 * @param source A path or a `file:` URL (needs read permission), or the bytes of the file.
 * @param options A name, the degree of the cells' geometry, and whether to keep periodicity.
 * @returns The mesh, registered in `model`.
 * @throws {TypeError} when `source` is none of these.
 * @throws {MeshFormatError} when there is no such file, it is damaged or of another version, or it
 *   holds no mesh of triangles in a plane or of tetrahedra: other kinds of cells, cells without volume or folded, three
 *   cells at one facet; or a node on a periodic side does not have a partner.
 * @throws {RangeError} when the name is taken or `geometryDegree` is neither 1 nor 2.
 *
 * @example
 * ```ts
 * import { Model, readGmsh } from "@timestash/timestash";
 *
 * const file = `$MeshFormat
 * 2.2 0 8
 * $EndMeshFormat
 * $PhysicalNames
 * 1
 * 1 7 "wall"
 * $EndPhysicalNames
 * $Nodes
 * 3
 * 1 0 0 0
 * 2 1 0 0
 * 3 0 1 0
 * $EndNodes
 * $Elements
 * 2
 * 1 1 2 7 1 1 2
 * 2 2 2 0 1 1 2 3
 * $EndElements`;
 * const mesh = readGmsh(new Model(), new TextEncoder().encode(file));
 * console.log(mesh.cellCount, mesh.boundaries.get("wall")?.count); // 1 1
 * ```
 */
export function readGmsh(
  model: ModelHost,
  source: string | URL | Uint8Array | ArrayBuffer,
  options: ReadGmshOptions = {},
): Mesh {
  checkOptions("readGmsh", options, readGmshNames);
  const { geometryDegree, periodic = true, ...naming } = options;
  if (geometryDegree !== undefined && geometryDegree !== 1 && geometryDegree !== 2) {
    throw new RangeError(`readGmsh: geometryDegree is 1 or 2, got ${String(geometryDegree)}`);
  }
  if (typeof periodic !== "boolean") {
    throw new TypeError(`readGmsh: periodic is true or false, got ${String(periodic)}`);
  }
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  const path = bytes instanceof Uint8Array ? "bytes" : pathOf(bytes);
  const recipe = {
    words() {
      const hash = bytes instanceof Uint8Array ? ` ${fingerprintOf([bytes])}` : "";
      return `${path}${hash}, degree ${geometryDegree ?? "of the file"}, periodic ${periodic}`;
    },
    make: () => gmshData(bytesOf(bytes, path), path, geometryDegree, periodic),
  };
  return new Mesh(model, dataOfRecipe(recipe, model?.comm), naming);
}

/** How messages name a file. */
function pathOf(source: string | URL): string {
  if (typeof source === "string" && source !== "") return source;
  if (source instanceof URL && source.protocol === "file:") return source.href;
  const got = source instanceof URL ? source.href : JSON.stringify(source) ?? String(source);
  throw new TypeError(`readGmsh takes a path, a file: URL or the bytes of a file, got ${got}`);
}

/** Errors about permission stay as they are: they say what to allow. */
function bytesOf(source: string | URL | Uint8Array, path: string): Uint8Array {
  if (source instanceof Uint8Array) return source;
  try {
    return Deno.readFileSync(source);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new MeshFormatError(path, `${path}: there is no such file`, { cause });
    }
    if (cause instanceof Deno.errors.NotCapable || cause instanceof Deno.errors.PermissionDenied) {
      throw cause;
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MeshFormatError(path, `${path}: the file cannot be read: ${reason}`, { cause });
  }
}
