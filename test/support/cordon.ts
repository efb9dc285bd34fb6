/** Runs `npx cordon` as a person without credentials does. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const command = resolve(__dirname, "../../cli/cordon.mjs");

/** Runs `npx cordon` without any credentials, and without a way to ask for some. */
export function cordon(...words: readonly string[]) {
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words], {
    encoding: "utf8",
    env: {
      PATH,
      HOME,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    },
  });
  return { status, stdout, stderr };
}
