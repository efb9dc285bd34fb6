import { createHmac } from "node:crypto";
import { expect } from "chai";
import type { Seal } from "../../../functions/record/journal";
import {
  canonicalText,
  certificateText,
  distrust,
  type Sealed,
  sealingKey,
} from "../../../functions/record/seal";
import { step } from "../../../functions/remediate/steps";
import * as builders from "../../support/builders";

const id = "0f3a9c1d2b4e5f60-1";
const sealed: Sealed = {
  id,
  epoch: 1,
  incident: builders.incident(),
  plan: {
    stages: [
      {
        name: "quarantine",
        onFailure: "stop",
        steps: [
          step("quarantine-interface", {
            networkInterface: "eni-01",
            before: ["sg-web"],
            quarantine: { vpc: "vpc-01", name: "cordon-quarantine" },
          }),
        ],
      },
    ],
    residual: ["DNS"],
    nextSteps: [],
  },
};
const certify = (text: string) => createHmac("sha256", "of KMS").update(text).digest("base64");
const isCertified = async (text: string, mac: string) => mac === certify(text);
const seal = (record: Sealed, key = sealingKey()): Seal => ({
  publicKey: key.publicKey,
  mac: certify(certificateText(key.publicKey)),
  signature: key.sign(record),
});
const tampered = `The plan of ${id} is not as a responder sealed it: somebody changed the journal; find out who in CloudTrail, and undo the containment by hand, as its notice lists it`;

/** Puts members in the opposite order, as a table may return them. */
function reversed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).reverse();
  return Object.fromEntries(members.map(([key, each]) => [key, reversed(each)])) as T;
}

describe("a seal", () => {
  it("covers name, epoch, key, place, resource, playbook and plan, whatever the order of members", () => {
    const small = {
      ...sealed,
      plan: { stages: [], residual: ["b", "a"], nextSteps: [] },
      incident: {
        ...sealed.incident,
        place: { region: "us-east-1", account: "222233334444" },
        resource: { kind: "instance" as const, id: "i-1" },
      },
    };
    const text =
      '{"epoch":1,"id":"0f3a9c1d2b4e5f60-1","key":"f306fc2273fcd649","place":{"account":"222233334444","region":"us-east-1"},"plan":{"nextSteps":[],"residual":["b","a"],"stages":[]},"playbook":"contain-instance","resource":{"id":"i-1","kind":"instance"}}';
    expect(canonicalText(small)).to.equal(text);
    expect(canonicalText(reversed(small))).to.equal(text);
  });

  it("is trusted as it was made, and as a table returns it", async () => {
    const record = { ...sealed, seal: seal(sealed) };
    expect(await distrust(record, isCertified)).to.equal(undefined);
    const stored = reversed(JSON.parse(JSON.stringify(record)) as typeof record);
    expect(await distrust(stored, isCertified)).to.equal(undefined);
  });

  const poisoned = JSON.parse(
    JSON.stringify(sealed.plan).replace("sg-web", "sg-open"),
  ) as typeof sealed.plan;
  const changes: readonly (readonly [string, Partial<Sealed>])[] = [
    ["an interface's original group", { plan: poisoned }],
    ["a stage less", { plan: { ...sealed.plan, stages: [] } }],
    ["another epoch", { epoch: 2 }],
    ["another id", { id: "0f3a9c1d2b4e5f60-2" }],
    [
      "another account",
      { incident: { ...sealed.incident, place: { account: "333344445555", region: "us-east-1" } } },
    ],
    [
      "another resource",
      { incident: { ...sealed.incident, resource: { kind: "instance", id: "i-0ther" } } },
    ],
    ["another playbook", { incident: { ...sealed.incident, playbook: "contain-access-key" } }],
  ];
  for (const [what, change] of changes) {
    it(`does not hold for ${what}`, async () => {
      const changed = { ...sealed, seal: seal(sealed), ...change };
      expect(await distrust(changed, isCertified)).to.equal(tampered.replace(id, change.id ?? id));
    });
  }

  const forged: readonly (readonly [string, (good: Seal) => Partial<Seal>])[] = [
    ["of a key that KMS did not certify", () => ({ mac: "AA==" })],
    ["with the key of another process", () => ({ publicKey: sealingKey().publicKey })],
    ["with a signature of nothing", () => ({ signature: "" })],
    ["with a key that is none", () => ({ publicKey: "bm8ga2V5" })],
    ["with members that are no texts", () => ({ publicKey: 7 as never, signature: {} as never })],
  ];
  for (const [what, change] of forged) {
    it(`is refused ${what}`, async () => {
      const good = seal(sealed);
      const record = { ...sealed, seal: { ...good, ...change(good) } };
      expect(await distrust(record, isCertified)).to.equal(tampered);
    });
  }

  it("is missing on a plan of an older version, which says what to do instead", async () => {
    expect(await distrust(sealed, isCertified)).to.equal(
      `The plan of ${id} has no seal, as plans of older versions of Cordon: undo its steps by hand, as its notice lists them`,
    );
  });

  it("asks KMS for nothing but the text of a sealing key", async () => {
    const asked: string[] = [];
    const good = seal(sealed);
    await distrust({ ...sealed, seal: good }, async (text) => asked.push(text) > 0);
    expect(asked).to.deep.equal([`Cordon: key that seals plans\n${good.publicKey}`]);
  });
});
