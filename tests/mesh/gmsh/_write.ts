/** Writes small Gmsh files by hand, as text and as bytes, for the cases that Gmsh itself does not write. */

/** Bytes in one order, with text between. */
export class Bytes {
  readonly #parts: number[] = [];
  readonly #little: boolean;
  readonly #sizeBytes: number;

  constructor(little: boolean, sizeBytes = 8) {
    this.#little = little;
    this.#sizeBytes = sizeBytes;
  }

  text(text: string): this {
    this.#parts.push(...new TextEncoder().encode(text));
    return this;
  }

  int(...values: number[]): this {
    for (const value of values) this.#put(4, (view) => view.setInt32(0, value, this.#little));
    return this;
  }

  size(...values: number[]): this {
    for (const value of values) {
      if (this.#sizeBytes === 4) this.#put(4, (view) => view.setUint32(0, value, this.#little));
      else this.#put(8, (view) => view.setBigUint64(0, BigInt(value), this.#little));
    }
    return this;
  }

  float(...values: number[]): this {
    for (const value of values) this.#put(8, (view) => view.setFloat64(0, value, this.#little));
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#parts);
  }

  #put(length: number, write: (view: DataView) => void): void {
    const bytes = new Uint8Array(length);
    write(new DataView(bytes.buffer));
    this.#parts.push(...bytes);
  }
}

/** A square of two triangles as MSH 4.1 in bytes, with tags as given. */
export function binarySquare41(little: boolean, sizeBytes: number, base = 1): Uint8Array {
  const out = new Bytes(little, sizeBytes);
  out.text(`$MeshFormat\n4.1 1 ${sizeBytes}\n`).int(1).text("\n$EndMeshFormat\n");
  out.text("$Entities\n").size(0, 1, 1, 0);
  out.int(1).float(0, 0, 0, 1, 1, 0).size(1).int(5).size(0);
  out.int(1).float(0, 0, 0, 1, 1, 0).size(1).int(3).size(1).int(1);
  out.text("\n$EndEntities\n$Nodes\n").size(1, 4, base, base + 30).int(2, 1, 0).size(4);
  out.size(base, base + 10, base + 20, base + 30);
  out.float(0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0);
  out.text("\n$EndNodes\n$Elements\n").size(2, 3, 1, 3);
  out.int(1, 1, 1).size(1).size(1, base, base + 10);
  out.int(2, 1, 2).size(2).size(2, base, base + 10, base + 20).size(3, base, base + 20, base + 30);
  return out.text("\n$EndElements\n").done();
}

/** The same as MSH 2.2 in bytes. */
export function binarySquare22(little: boolean): Uint8Array {
  const out = new Bytes(little);
  out.text("$MeshFormat\n2.2 1 8\n").int(1).text("\n$EndMeshFormat\n$Nodes\n4\n");
  [[0, 0], [1, 0], [1, 1], [0, 1]].forEach(([x, y], i) => out.int(10 * i + 1).float(x, y, 0));
  out.text("\n$EndNodes\n$Elements\n3\n");
  out.int(1, 1, 2).int(1, 5, 1, 1, 11);
  out.int(2, 2, 2).int(2, 3, 1, 1, 11, 21).int(3, 3, 1, 1, 21, 31);
  return out.text("\n$EndElements\n").done();
}

/** MSH 2.2 text from lines of nodes and of elements (type, physical tag, nodes). */
export function text22(
  nodes: readonly (readonly (number | string)[])[],
  elements: readonly (readonly number[])[],
  names: readonly string[] = [],
): Uint8Array {
  const lines = ["$MeshFormat", "2.2 0 8", "$EndMeshFormat"];
  if (names.length > 0) {
    lines.push("$PhysicalNames", `${names.length}`, ...names, "$EndPhysicalNames");
  }
  lines.push("$Nodes", `${nodes.length}`);
  nodes.forEach((x, i) => lines.push(`${i + 1} ${x[0]} ${x[1]} ${x[2] ?? 0}`));
  lines.push("$EndNodes", "$Elements", `${elements.length}`);
  elements.forEach(([type, group, ...own], i) => {
    lines.push(`${i + 1} ${type} 2 ${group} 1 ${own.join(" ")}`);
  });
  lines.push("$EndElements", "");
  return new TextEncoder().encode(lines.join("\n"));
}
