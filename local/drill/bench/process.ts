/** Asks a process of the bench, which answers one request after the other. */
import { type ChildProcess, fork } from "node:child_process";
import * as path from "node:path";

export interface Asked<Request> {
  ask<Answer>(request: Request): Promise<Answer>;
  close(): Promise<void>;
}

interface Reply {
  readonly answer?: unknown;
  readonly error?: string;
}

/** Starts a file of this folder as a process. */
export function start<Request extends object>(file: string): Asked<Request> {
  const child: ChildProcess = fork(path.join(__dirname, file), { serialization: "advanced" });
  return {
    ask: <Answer>(request: Request) =>
      new Promise<Answer>((resolve, reject) => {
        const ended = () => reject(new Error(`The bench's process ${file} has ended`));
        child.once("exit", ended);
        child.once("message", ({ answer, error }: Reply) => {
          child.off("exit", ended);
          if (error === undefined) resolve(answer as Answer);
          else reject(new Error(error));
        });
        child.send(request);
      }),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await gone;
    },
  };
}

/** Answers in such a process, until the one that asks has ended. */
export function answering<Request>(answer: (request: Request) => Promise<unknown>): void {
  process.on("disconnect", () => process.exit());
  process.on("message", (request: Request) => {
    answer(request).then(
      (given) => process.send?.({ answer: given }),
      (error: unknown) => process.send?.({ error: String((error as Error)?.stack ?? error) }),
    );
  });
}
