/**
 * Counts the memory that several states share, each block once.
 *
 * State: none, it counts what the timeline keeps.
 */
export class BlockLedger {
  readonly #users = new Map<ArrayBufferView, number>();
  #bytes = 0;

  /** The bytes of all blocks in use. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one user to each block. */
  add(blocks: Iterable<ArrayBufferView>): void {
    for (const block of blocks) {
      const users = this.#users.get(block) ?? 0;
      if (users === 0) this.#bytes += block.byteLength;
      this.#users.set(block, users + 1);
    }
  }

  /** Removes one user from each block. */
  remove(blocks: Iterable<ArrayBufferView>): void {
    for (const block of blocks) {
      const users = this.#users.get(block)! - 1;
      if (users > 0) this.#users.set(block, users);
      else {
        this.#users.delete(block);
        this.#bytes -= block.byteLength;
      }
    }
  }
}
