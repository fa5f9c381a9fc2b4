/**
 * A file system for the HDF5 library, backed by our own files. Every read and write of the library
 * arrives here and goes straight to the disk. No file is buffered whole, and only the permissions
 * for the files themselves are needed.
 *
 * Numbers are not copied through the library's memory. The library receives an address beyond the
 * end of its memory. When it asks to move bytes from or to such an address, the bytes of the
 * corresponding typed array are moved instead. (If the library ever accessed the bytes itself, it
 * would trap.)
 *
 * @module
 */
import type { EmscriptenFs, FsNode, FsStream, H5Module } from "../../deps/h5wasm.ts";

/** The first address that cannot be in the library's memory. */
const OUTSIDE = 2 ** 31;

/** Bytes per call (up to twice as many); below 2^31, because some lengths are signed. */
export const LARGEST_TRANSFER: number = 2 ** 28;

/** A file as the library sees it. No method may throw: the library would stop half-way. */
export interface VirtualFile {
  size(): number;
  /** Reads into `target`; returns fewer bytes at the end of the file and -1 if reading failed. */
  read(target: Uint8Array, position: number): number;
  write(source: Uint8Array, position: number): void;
  truncate(size: number): void;
  /** Moves the bytes of a typed array to or from `position`. */
  transfer(bytes: Uint8Array, position: number, writing: boolean): boolean;
}

const MODE_DIRECTORY = 0o040777;
const MODE_FILE = 0o100666;
const NO_ENTRY = 44, INPUT_OUTPUT = 29;

/** The mounted file system of one HDF5 module. */
export class VirtualFiles {
  /** The address that represents the bytes passed to {@link VirtualFiles.moving}. */
  readonly address: bigint = BigInt(OUTSIDE);
  readonly #fs: EmscriptenFs;
  readonly #files = new Map<number, VirtualFile>();
  readonly #root: FsNode;
  #moving: Uint8Array | null = null;
  #moved = 0;
  #count = 0;
  #complaints: number[] = [];

  constructor(module: H5Module) {
    if (module.MAXIMUM_MEMORY > OUTSIDE) throw new Error("the HDF5 module has too much memory");
    this.#fs = module.FS;
    this.#fs.mkdir("/timestash");
    let root: FsNode | null = null;
    const mount = () => (root = this.#node(null, "/", MODE_DIRECTORY));
    this.#fs.mount({ mount }, {}, "/timestash");
    this.#root = root!;
    this.#collectComplaints();
  }

  /** Gives `file` a name that the library can open. */
  attach(file: VirtualFile): { name: string; detach(): void } {
    const name = `${this.#count++}.h5`;
    const node = this.#node(this.#root, name, MODE_FILE);
    this.#files.set(node.id, file);
    const detach = () => {
      this.#files.delete(node.id);
      this.#fs.destroyNode(node);
    };
    return { name: `/timestash/${name}`, detach };
  }

  /**
   * Runs `call`, in which the library moves `bytes` using {@link VirtualFiles.address}. Returns
   * false if it did not move all of them.
   */
  moving(bytes: Uint8Array, call: () => number): boolean {
    this.#moving = bytes;
    this.#moved = 0;
    try {
      return call() >= 0 && this.#moved === bytes.length;
    } finally {
      this.#moving = null;
    }
  }

  /** The error messages that the library has printed since the last call. */
  complaints(): string {
    const text = new TextDecoder().decode(Uint8Array.from(this.#complaints)).trim();
    this.#complaints = [];
    return text;
  }

  #node(parent: FsNode | null, name: string, mode: number): FsNode {
    const node = this.#fs.createNode(parent, name, mode, 0);
    node.node_ops = {
      getattr: (of: FsNode) => this.#attributes(of),
      setattr: (of: FsNode, change: { size?: number }) => {
        if (change.size !== undefined) this.#files.get(of.id)?.truncate(change.size);
      },
      lookup: () => {
        throw new this.#fs.ErrnoError(NO_ENTRY);
      },
    };
    node.stream_ops = {
      open() {},
      close() {},
      read: (s: FsStream, heap: Uint8Array, from: number, length: number, at: number) =>
        this.#read(s, heap, from, length, at),
      write: (s: FsStream, heap: Uint8Array, from: number, length: number, at: number) =>
        this.#write(s, heap, from, length, at),
      llseek: (s: FsStream, offset: number, whence: number) =>
        offset + (whence === 0 ? 0 : whence === 1 ? s.position : this.#file(s).size()),
    };
    return node;
  }

  #file(stream: FsStream): VirtualFile {
    return this.#files.get(stream.node.id)!;
  }

  #read(stream: FsStream, heap: Uint8Array, from: number, length: number, at: number): number {
    const file = this.#file(stream);
    const address = from >>> 0;
    const moving = this.#part(address, length);
    if (moving !== null) {
      if (!file.transfer(moving, at, false)) throw new this.#fs.ErrnoError(INPUT_OUTPUT);
      return length;
    }
    const count = file.read(new Uint8Array(heap.buffer, address, length), at);
    if (count < 0) throw new this.#fs.ErrnoError(INPUT_OUTPUT);
    return count;
  }

  #write(stream: FsStream, heap: Uint8Array, from: number, length: number, at: number): number {
    const file = this.#file(stream);
    const address = from >>> 0;
    const moving = this.#part(address, length);
    if (moving !== null) file.transfer(moving, at, true);
    else if (length > 0) file.write(new Uint8Array(heap.buffer, address, length), at);
    return length;
  }

  /** The bytes that an address outside the library's memory represents. */
  #part(address: number, length: number): Uint8Array | null {
    if (address < OUTSIDE || this.#moving === null) return null;
    this.#moved += length;
    return this.#moving.subarray(address - OUTSIDE, address - OUTSIDE + length);
  }

  #attributes(node: FsNode): object {
    const file = this.#files.get(node.id);
    const never = new Date(0);
    return {
      dev: 1,
      ino: node.id,
      mode: node.mode,
      nlink: 1,
      uid: 0,
      gid: 0,
      rdev: 0,
      size: file?.size() ?? 4096,
      atime: never,
      mtime: never,
      ctime: never,
      blksize: 4096,
      blocks: 1,
    };
  }

  /** Collects the error stacks that the library prints, for use in our own messages. */
  #collectComplaints(): void {
    const device = this.#fs.makedev(64, 1);
    const write = (_: FsStream, heap: Uint8Array, from: number, length: number) => {
      const text = new Uint8Array(heap.buffer, from >>> 0, length);
      if (this.#complaints.length < 20_000) this.#complaints.push(...text);
      return length;
    };
    this.#fs.registerDevice(device, { open() {}, close() {}, read: () => 0, write });
    this.#fs.mkdev("/timestash_complaints", 0o666, device);
    const stderr = this.#fs.streams[2];
    if (stderr !== null) this.#fs.close(stderr);
    this.#fs.open("/timestash_complaints", 1);
  }
}
