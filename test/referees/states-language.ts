/** asl-validator, on every state machine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import validate from "asl-validator";
import type { Referee } from "./referee";
import { root } from "./subjects";

export const statesLanguage: Referee = {
  name: "asl-validator",
  of: "machines",
  async judge({ machines }) {
    const manifest = readFileSync(join(root, "node_modules/asl-validator/package.json"), "utf8");
    return {
      version: JSON.parse(manifest).version,
      findings: machines.flatMap(({ name: subject, text }) => {
        const { isValid, errorsText } = validate(JSON.parse(text));
        return isValid ? [] : [{ subject, rule: "invalid", message: errorsText("; ") }];
      }),
    };
  },
  spoiled: [
    {
      rule: "invalid",
      subjects: {
        machines: [
          {
            name: "a state that leads nowhere",
            text: '{"StartAt":"One","States":{"One":{"Type":"Pass","Next":"Nowhere"}}}',
          },
        ],
      },
    },
  ],
};
