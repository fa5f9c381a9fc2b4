/** Goes on with a run below a free surface from a file, and saves its end. Runs as a worker. @module */
import { schemes, surfaceRun } from "./_surface_run.ts";

/** What the worker is asked for. */
export interface Request {
  readonly from: string;
  readonly to: string;
  readonly first: number;
}

const worker = globalThis as unknown as Partial<Pick<Worker, "onmessage" | "postMessage">>;

if (worker.postMessage !== undefined) {
  worker.onmessage = async ({ data }: MessageEvent<Request>) => {
    const { model, advance } = surfaceRun();
    await model.loadState(data.from);
    advance(data.first, schemes.length);
    await model.saveState({ file: data.to });
    worker.postMessage!("done");
  };
  worker.postMessage("listening");
}
