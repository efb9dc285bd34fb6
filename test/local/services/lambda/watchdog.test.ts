import { spawn } from "node:child_process";
import path from "node:path";
import { becomes } from "../../../support/local/lambda";

const code = `
const { spawn } = require("node:child_process");
const { endWithThis } = require("./local/services/lambda/watchdog");
const [ended, child] = [spawn("true"), spawn("sleep", ["3600"])];
for (const each of [ended, child]) endWithThis(each);
child.kill("SIGSTOP");
ended.once("exit", () => console.log(child.pid));
setInterval(() => {}, 1000);
`;

describe("local/services/lambda/watchdog", () => {
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`ends a frozen process whose parent was ended by ${signal}`, async () => {
      const parent = spawn(process.execPath, ["--import", "tsx", "-e", code], {
        cwd: path.resolve(__dirname, "../../../.."),
        stdio: ["ignore", "pipe", "inherit"],
      });
      const written = await new Promise<Buffer>((resolve) => parent.stdout.once("data", resolve));
      const pid = Number(written.toString());
      await becomes(pid, "frozen");
      parent.kill(signal);
      await becomes(pid, "gone");
    });
  }
});
