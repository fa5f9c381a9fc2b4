import { assertEquals } from "@std/assert";
import { SelfComm } from "../../src/comm/self.ts";
import { main } from "./collectives_ranks.ts";

Deno.test("SelfComm: every collective gives the obvious result", () => {
  assertEquals(main(new SelfComm()), 13);
});
