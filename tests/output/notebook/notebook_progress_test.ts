import { assertEquals, assertStringIncludes } from "@std/assert";
import { advanceWithProgress, Model } from "../../../mod.ts";
import { notebookProgress, reporterFor } from "../../../src/output/notebook/notebook_progress.ts";

/** A message as kernels send it. */
interface Sent {
  readonly type: string;
  readonly content: {
    readonly data: Readonly<Record<string, string>>;
    readonly transient: { readonly display_id: string };
  };
}

Deno.test("a bar stands in one place, from nothing to all", async () => {
  const sent: Sent[] = [];
  const reporter = reporterFor({
    broadcast: (type, content) => {
      sent.push({ type, content: content as Sent["content"] });
      return Promise.reject(new Error("nobody listens"));
    },
  });
  const model = new Model();
  await advanceWithProgress(model, reporter, { dt: 0.25, until: 1, step: () => {} });
  assertEquals(sent[0].type, "display_data");
  assertEquals(sent.at(-1)!.type, "update_display_data");
  assertEquals(new Set(sent.map(({ content }) => content.transient.display_id)).size, 1);
  assertStringIncludes(sent[0].content.data["text/plain"], "advance to 1: 0 % in ");
  assertStringIncludes(sent.at(-1)!.content.data["text/plain"], "advance to 1: 100 % in ");
  assertStringIncludes(sent.at(-1)!.content.data["text/html"], "width:100.0%");
});

Deno.test("outside of a notebook progress is that of the terminal", async () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const reporter = await notebookProgress({ style: "lines", delay: 0, interval: 0, write });
  const task = reporter.begin("reading", 2);
  task.done(1);
  task.end();
  assertStringIncludes(lines.join(), "reading");
});
