import type { Mesh } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { MemberKind } from "../mesh/model_host.ts";
import { requirePresent } from "../mesh/registered.ts";
import type { SnapshotPayload, Snapshottable } from "../snapshot/contract.ts";
import { requireOnParticles } from "../swarm/registered.ts";
import { Swarm } from "../swarm/swarm.ts";
import { SwarmVariable } from "../swarm/swarm_variable.ts";
import { NameCounter, Registry } from "./registry.ts";

/** What a history or a solver may declare, so that the objects it made for itself are removed with it. */
interface Owner {
  /** Throws if a name that it derives from its own is taken; called before it is registered. */
  requireNames?(name: string, bearers: ReadonlyMap<string, unknown>): void;
  /** The variables, swarms and bearers that it made, which are unregistered with it. */
  readonly owned?: readonly object[];
  /** What it works with, lists included: variables and swarms among it have to be in the model. */
  readonly uses?: readonly unknown[];
}

/**
 * Everything that a model holds by name. Registration is explicit and keeps its objects alive, so what a
 * snapshot holds never depends on garbage collection.
 *
 * State: captured, by the model: the names given out as `names`, each member by itself.
 */
export class Members {
  readonly meshes: Registry<Mesh> = new Registry("mesh");
  readonly swarms: Registry<Swarm> = new Registry("swarm");
  readonly bearers: Registry<Snapshottable> = new Registry("bearer");
  readonly names: NameCounter = new NameCounter();

  /**
   * Registers a member under `wanted`, or under the next name of its class.
   *
   * @throws {TypeError} when `wanted` is not a string, or empty.
   * @throws {RangeError} when the name is taken.
   */
  adopt(
    kind: MemberKind,
    member: SnapshotPayload | Omit<Snapshottable, "name">,
    className: string,
    wanted?: string,
  ): string {
    if (wanted !== undefined && (typeof wanted !== "string" || wanted === "")) {
      throw new TypeError(
        `the name of a ${kind} must be a string that is not empty, got ${String(wanted)}`,
      );
    }
    const name = wanted ?? this.names.peek(className);
    if (kind === "mesh") this.meshes.add(name, member as Mesh);
    else if (kind === "swarm") this.swarms.add(name, member as Swarm);
    else {
      this.bearers.requireFree(name);
      (member as Owner).requireNames?.(name, this.bearers.all);
      this.bearers.add(name, member as Snapshottable);
    }
    if (wanted === undefined) this.names.used(className);
    return name;
  }

  /**
   * Refuses what is not registered, or works with fields or particles that were removed: no snapshot holds them.
   *
   * @throws {RangeError} when it is not, or does.
   */
  require(asked: string, member: { readonly name: string }, model: string): void {
    const { name } = member;
    for (const { all } of [this.bearers, this.meshes, this.swarms]) {
      if (all.get(name) as object | undefined !== member) continue;
      const { uses } = member as Owner;
      if (Array.isArray(uses)) {
        for (const part of uses.flat()) this.#requirePart(asked, part, model);
      }
      return;
    }
    throw new RangeError(
      `${asked}: '${name}' is not in model '${model}' any more, because it was unregistered or because the step ` +
        `that made it was undone; make a new one`,
    );
  }

  #requirePart(asked: string, part: unknown, model: string): void {
    if (part instanceof MeshVariable) requirePresent(asked, part);
    else if (part instanceof SwarmVariable) requireOnParticles(asked, part);
    else if (part instanceof Swarm) this.require(asked, part, model);
  }

  /**
   * Refuses to let go of what belongs to a bearer.
   *
   * @throws {RangeError} when a bearer made `part` for itself: it would go on without.
   */
  requireUnowned(part: { readonly name: string }): void {
    for (const owner of this.bearers.all.values()) {
      if (!(owner as Owner).owned?.includes(part)) continue;
      throw new RangeError(
        `'${part.name}' was made by '${owner.name}' for itself and goes with it; unregister '${owner.name}' instead`,
      );
    }
  }

  /**
   * Removes a member, and what it made for itself.
   *
   * @throws {RangeError} when it is not registered, is the mesh of a swarm, or belongs to another member.
   */
  remove(member: object): void {
    this.requireUnowned(member as { readonly name: string });
    for (const swarm of this.swarms.all.values()) {
      if (swarm.mesh === member) {
        throw new RangeError(
          `mesh '${swarm.mesh.name}' carries swarm '${swarm.name}'; unregister the swarm first`,
        );
      }
    }
    const known = this.meshes.remove(member as Mesh) || this.swarms.remove(member as Swarm) ||
      this.bearers.remove(member as Snapshottable);
    if (!known) throw new RangeError("unregister: the object is not registered with this model");
    for (const part of (member as Owner).owned ?? []) this.#removeOwned(part);
  }

  /** Removes all members; names are counted on until a state is restored. */
  clear(): void {
    for (const registry of [this.meshes, this.swarms, this.bearers]) registry.clear();
  }

  /** Removes an object that a member made for itself, unless the script has removed it before. */
  #removeOwned(part: object): void {
    if (part instanceof MeshVariable) {
      if (part.mesh.variables.get(part.name) === part) part.mesh.removeVariable(part);
    } else if (part instanceof SwarmVariable) {
      const { swarm } = part;
      if (swarm.variables.get(part.name) === part) swarm.removeVariable(part);
    } else {
      const { name } = part as { readonly name: string };
      const isHere = this.swarms.all.get(name) === part || this.bearers.all.get(name) === part;
      if (isHere) this.remove(part);
    }
  }

  /** Records what is registered now, variables and the code of bearers included; the result makes it so again. */
  mark(): () => void {
    const registries = [this.meshes, this.swarms, this.bearers].map((registry) => registry.mark());
    const owners = [...this.meshes.all.values(), ...this.swarms.all.values()];
    const variables = owners.map((owner) => owner.markVariables());
    const code: (() => void)[] = [];
    for (const bearer of this.bearers.all.values()) {
      const rewind = bearer.markCode?.();
      if (rewind !== undefined) code.push(rewind);
    }
    return () => {
      for (const rewind of [...registries, ...variables, ...code]) rewind();
    };
  }
}
