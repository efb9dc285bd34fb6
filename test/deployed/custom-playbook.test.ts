import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";

/** Runs the drill in a process of its own: in this one Cordon is loaded without the team's playbooks. */
function drill(...options: readonly string[]): Promise<{ code: number | null; output: string }> {
  const root = join(__dirname, "../..");
  const child = spawn(process.execPath, ["--import=tsx", "local/drill/index.ts", ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

describe("the program with a team's playbook [R16]", () => {
  it("is deployed under the policy pack, responds to the team's rule and undoes it exactly", async () => {
    const { code, output } = await drill("--scenario", "custom-playbook");
    expect(output).to.include("8 of 8 checks passed");
    expect(code, output).to.equal(0);
  });
});
