import { expect } from "chai";
import type { Target } from "../../custom/check";
import type { Value } from "../../functions/catalogue/controls/control";
import { withPlaybooks } from "../support/with-playbooks";

const { checkPlaybook } = withPlaybooks(
  "examples/custom-playbook/playbooks",
  () => require("../../custom/check") as typeof import("../../custom/check"),
);

/** A function whose URL answers to everybody. */
function target(changes: Partial<Target["setting"]> = {}): Target {
  let value: Value = "NONE";
  return {
    account: "222233334444",
    region: "eu-west-1",
    id: "orders",
    missing: "no-such-function",
    setting: {
      read: async (id) => (id === "orders" ? { value, tags: {} } : undefined),
      write: async (_id, wanted) => {
        value = wanted;
      },
      ...changes,
    },
  };
}

const does = "To have the URL of function orders answer to signed requests alone";

describe("checkPlaybook [R16]", () => {
  it("finds nothing wrong with a setting that is changed and given back", async () => {
    const own = target();
    expect(await checkPlaybook("function-url", own)).to.deep.equal([]);
    expect(await own.setting.read("orders")).to.deep.equal({ value: "NONE", tags: {} });
  });

  const wrong: Readonly<Record<string, readonly [Target, readonly string[]]>> = {
    "a setting that does not change": [
      target({ write: async () => undefined }),
      [
        `${does}: once it is applied, inspect must find "after", not "before"`,
        `${does}: once it is applied again, inspect must find "after", not "before"`,
      ],
    ],
    "a setting that reads what it is given as something else": [
      target({ read: async () => ({ value: ["NONE"], tags: {} }) }),
      [
        "read must give undefined for no-such-function, which does not exist",
        `${does}: once it is applied, inspect must find "after", not "before"`,
        `${does}: once it is applied again, inspect must find "after", not "before"`,
      ],
    ],
    "a value that the journal loses": [
      target({ read: async () => ({ value: { a: undefined } as never, tags: {} }) }),
      [
        "read must give undefined for no-such-function, which does not exist",
        "The journal must give the plan back as it is: the value that read gives must be JSON",
        `${does}: once it is applied, inspect must find "after", not "before"`,
        `${does}: once it is applied again, inspect must find "after", not "before"`,
      ],
    ],
    "an id of another form": [
      { ...target(), id: "orders:live" },
      [
        "acme-function-url-signed",
        "acme-function-url-signed-conformance-pack-a1b2c3d4e",
        "OrgConfigRule-acme-function-url-signed-a1b2c3d4",
      ].map(
        (rule) =>
          `A breach of ${rule} by orders:live must reach custom-function-url alone, but it reaches custom-function-url, and is unanswered`,
      ),
    ],
    "a resource that is not there": [
      target({ read: async () => undefined }),
      ["There is no orders to try it on"],
    ],
    "a setting that is as it is wanted already": [
      target({ read: async () => ({ value: "AWS_IAM", tags: {} }) }),
      [
        "read must give undefined for no-such-function, which does not exist",
        "The setting of orders is already as the playbook wants it",
      ],
    ],
  };
  for (const [what, [given, problems]] of Object.entries(wrong)) {
    it(`says what is wrong with ${what}`, async () => {
      expect(await checkPlaybook("function-url", given)).to.deep.equal(problems);
    });
  }

  it("knows no playbook that was not added", async () => {
    expect(await checkPlaybook("other", target())).to.deep.equal([
      "No custom playbook other was added",
    ]);
  });
});
