import { assertThrows } from "@std/assert";
import { RankActivity, RankWord, sharedLayoutOf } from "../../src/comm/workers/shared_layout.ts";
import { Waiting } from "../../src/comm/workers/waiting.ts";
import { CommError } from "../../src/errors.ts";

/** Rank 0 of two, with the words that it shares with rank 1, which sleeps. */
function besideOne(doing: number) {
  const layout = sharedLayoutOf(2, 4096, 1024);
  const control = new Int32Array(new SharedArrayBuffer(layout.total));
  control[layout.words(1) + RankWord.doing] = doing;
  return { layout, control, waiting: new Waiting(control, layout, 0, 20, 1) };
}

Deno.test("two ranks that send each other more than there is room for are not stuck before they have looked", () => {
  const { layout, control, waiting } = besideOne(RankActivity.send);
  control[layout.ringWords(0, 1)] = control[layout.ringWords(1, 0)] = layout.ring;
  // Rank 1 has been woken by what rank 0 sent, and gets its turn of the processor late.
  let asked = 0;
  waiting.wait(() => ++asked > 4, RankActivity.send, 1, 0);
});

Deno.test("two ranks that wait for messages which neither has sent are stuck", () => {
  const { waiting } = besideOne(RankActivity.recv);
  const wait = () => waiting.wait(() => false, RankActivity.recv, 1, 0);
  assertThrows(wait, CommError, "the ranks wait for each other");
});
