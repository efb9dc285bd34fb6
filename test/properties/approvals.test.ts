import { expect } from "chai";
import fc from "fast-check";
import type { AnswerRequest } from "../../functions/record/approvals";
import { type Proof, proofProblem } from "../../functions/record/caller-proof";
import { AskedWorld, alice, type Signing } from "../support/asked";
import * as builders from "../support/builders";
import { hex, listedRole, stranger, text } from "../support/strangers";

const runs = 10_000;

/** What is presented: a person's signature, and the fields and headers beside it. */
interface Presented {
  readonly signing: Signing;
  /** What the request says other than what was signed. */
  readonly fields?: Partial<AnswerRequest>;
  readonly spoil?: (proof: Proof) => Proof;
  /** Milliseconds that pass after the signature. */
  readonly later?: number;
  /** Presented once more after it was answered. */
  readonly again?: true;
}

/** A field of the request that says something else than the signature. */
const otherField: fc.Arbitrary<Partial<AnswerRequest>> = fc.oneof(
  text.filter((each) => each !== "seen in the logs").map((reason) => ({ reason })),
  hex(64).map((digest) => ({ digest })),
  hex(16).map((key) => ({ incident: `${key}-1` })),
  fc
    .integer({ min: 2, max: 99 })
    .map((epoch) => ({ incident: `${builders.incidentKey}-${epoch}` })),
  fc.constant({ decision: "reject" as const }),
  fc.uniqueArray(fc.nat(30), { minLength: 1 }).map((only) => ({ only })),
);

const presented: fc.Arbitrary<Presented> = fc.oneof(
  // Forged: signed for something else, with another signature, or for another service.
  otherField.map((fields) => ({ signing: {}, fields })),
  otherField.map((signing) => ({ signing, fields: {} })),
  hex(64).map((signature) => ({
    signing: {},
    spoil: (proof: Proof) => ({
      ...proof,
      authorization: proof.authorization.replace(/Signature=.*/, `Signature=${signature}`),
    }),
  })),
  fc
    .constantFrom("content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-cordon-answer")
    .map((header) => ({
      signing: {},
      spoil: (proof: Proof) => ({
        ...proof,
        authorization: proof.authorization.replace(new RegExp(`(?<=[=;])${header};?`), ""),
      }),
    })),
  fc.constantFrom("iam", "s3", "sts2").map((service) => ({
    signing: {},
    spoil: (proof: Proof) => ({
      ...proof,
      authorization: proof.authorization.replace("/sts/", `/${service}/`),
    }),
  })),
  text.map((authorization) => ({
    signing: {},
    spoil: (proof: Proof) => ({ ...proof, authorization }),
  })),
  text.map((date) => ({ signing: {}, spoil: (proof: Proof) => ({ ...proof, date }) })),
  // Replayed.
  fc.constant({ signing: {}, again: true as const }),
  // Widened: a part was signed, more is asked for.
  fc
    .tuple(fc.uniqueArray(fc.nat(17), { minLength: 1 }), fc.nat(17))
    .filter(([only, more]) => !only.includes(more))
    .map(([only, more]) => ({ signing: { only }, fields: { only: [...only, more] } })),
  fc
    .uniqueArray(fc.integer({ min: 18, max: 499 }), { minLength: 1 })
    .map((only) => ({ signing: { only }, fields: { only } })),
  // Late, or from a time to come.
  fc.integer({ min: 300_001, max: 90 * 86_400_000 }).map((later) => ({ signing: {}, later })),
  fc
    .integer({ min: 301_000, max: 86_400_000 })
    .map((ms) => ({ signing: { at: new Date(Date.parse("2026-11-20T10:05:00Z") + ms) } })),
  // Unentitled.
  stranger.map((by) => ({ signing: { by } })),
);

describe("approvals that must not pass [C5]", () => {
  let asked: AskedWorld;
  before(async () => {
    asked = await AskedWorld.open();
    asked.approvers = [listedRole];
  });

  it("lets the one pass that is as it should be", async () => {
    expect(await asked.copy().give()).to.deep.include({ outcome: "approved", by: alice });
  });

  it(`lets none of ${runs} pass that are forged, replayed, widened, late or unentitled`, async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(presented, async ({ signing, fields, spoil, later = 0, again }) => {
        const here = asked.copy();
        const { by: _, at: __, ...request } = signing;
        const proof = here.sign(signing);
        const input = {
          ...here.request(fields ?? request),
          proof: spoil?.({ ...proof }) ?? proof,
        };
        if (again) await here.answer(input);
        here.clock += later;
        const before = structuredClone(here.approvals.items);
        const sent = here.sent.length;
        const report = await here.answer(input);
        expect(report.outcome).to.equal("refused");
        expect(here.approvals.items).to.deep.equal(before);
        expect(here.sent.length).to.equal(sent);
        refused += 1;
      }),
      { numRuns: runs },
    );
    expect(refused).to.equal(runs);
  });

  it("lets no proof through whose time is none", () => {
    const proof = asked.sign();
    const date = "20261399T996199Z";
    const authorization = proof.authorization.replace(/\/\d{8}\//, "/20261399/");
    const now = new Date(asked.clock);
    expect(proofProblem({ ...proof, date, authorization }, "us-east-1", now)).to.match(
      /is not within 5 minutes of/,
    );
  });
});
