import { diesWhileCopying } from "./_archive.ts";

Deno.test("a process that dies at any moment of copying leaves only whole checkpoints", () =>
  diesWhileCopying(1));
