import { expect } from "chai";
import fc from "fast-check";
import type { Proof } from "../../functions/record/caller-proof";
import type { Wanted } from "../../functions/record/requests";
import { alice } from "../support/asked";
import * as builders from "../support/builders";
import { RequestingWorld, wanted } from "../support/requesting";
import { answered, SimulatedWorld } from "../support/simulated-world";
import { account, hex, listedRole, name, stranger, text } from "../support/strangers";

const runs = 10_000;

/** What is presented: a person's signature, and the fields and headers beside it. */
interface Presented {
  readonly signed: Wanted;
  readonly by?: string;
  readonly at?: number;
  /** What the request says other than what was signed. */
  readonly says?: Wanted;
  readonly spoil?: (proof: Proof) => Proof;
  /** Milliseconds that pass after the signature. */
  readonly later?: number;
}

const adoption = { adopt: '{"id":"0f3a9c1d2b4e5f60-1324"}', reason: "it is back" } as const;

/** A request that is not the one that was signed: of another target, place or reason, or wider. */
const other: fc.Arbitrary<Wanted> = fc.oneof(
  hex(17).map((id) => ({ ...wanted, contain: `i-${id}` })),
  name.map((user) => ({ ...wanted, contain: `user/${user}` })),
  account.filter((each) => each !== builders.account).map((each) => ({ ...wanted, account: each })),
  fc.constant({ ...wanted, region: "eu-west-1" }),
  text.filter((each) => each !== wanted.reason).map((reason) => ({ ...wanted, reason })),
  fc.constant({ ...wanted, dryRun: true }),
  fc.constant(adoption),
);

const spoiled = (spoil: (proof: Proof) => Proof): Presented => ({ signed: wanted, spoil });

const presented: fc.Arbitrary<Presented> = fc.oneof(
  // Forged: signed for something else, with another signature, or for another service.
  other.map((says) => ({ signed: wanted, says })),
  other.map((signed) => ({ signed, says: wanted })),
  // Widened: a dry run was signed, or another journal.
  fc.constant({ signed: { ...wanted, dryRun: true }, says: wanted }),
  text.map((more) => ({ signed: adoption, says: { ...adoption, adopt: adoption.adopt + more } })),
  hex(64).map((signature) =>
    spoiled((proof) => ({
      ...proof,
      authorization: proof.authorization.replace(/Signature=.*/, `Signature=${signature}`),
    })),
  ),
  fc
    .constantFrom("content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-cordon-answer")
    .map((header) =>
      spoiled((proof) => ({
        ...proof,
        authorization: proof.authorization.replace(new RegExp(`(?<=[=;])${header};?`), ""),
      })),
    ),
  fc.constantFrom("iam", "s3", "sts2").map((service) =>
    spoiled((proof) => ({
      ...proof,
      authorization: proof.authorization.replace("/sts/", `/${service}/`),
    })),
  ),
  text.map((authorization) => spoiled((proof) => ({ ...proof, authorization }))),
  text.map((date) => spoiled((proof) => ({ ...proof, date }))),
  // Late, or from a time to come.
  fc.integer({ min: 300_001, max: 90 * 86_400_000 }).map((later) => ({ signed: wanted, later })),
  fc.integer({ min: 301_000, max: 86_400_000 }).map((at) => ({ signed: wanted, at })),
  // Unentitled.
  stranger.map((by) => ({ signed: wanted, by })),
);

describe("requests by command that must not pass [C5] [R1]", () => {
  const open = () => {
    const here = new RequestingWorld();
    here.approvers = [listedRole];
    return here;
  };

  it("lets the one pass that is as it should be", async () => {
    expect(await open().ask(wanted)).to.deep.include({ outcome: "asked", by: alice });
  });

  it(`lets none of ${runs} pass that are forged, widened, late or unentitled`, async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(presented, async ({ signed, by, at = 0, says, spoil, later = 0 }) => {
        const here = open();
        const proof = here.sign(signed, by, new Date(here.clock + at));
        here.clock += later;
        const report = await here.take({
          wanted: says ?? signed,
          proof: spoil?.({ ...proof }) ?? proof,
        });
        expect(report.outcome).to.equal("refused");
        expect([here.requests.items, here.handed]).to.deep.equal([[], []]);
        refused += 1;
      }),
      { numRuns: runs },
    );
    expect(refused).to.equal(runs);
  });

  it(`has none of ${runs} proofs carried out twice that are replayed within their time`, async () => {
    const here = open();
    const input = { wanted, proof: here.sign(wanted) };
    const first = await here.take(input);
    const before = structuredClone([here.requests.items, here.handed]);
    await fc.assert(
      fc.asyncProperty(fc.nat(300_000), async (ms) => {
        here.clock = Date.parse("2026-11-20T10:05:00.000Z") + ms;
        expect(await here.take(input)).to.deep.equal(first);
        expect([here.requests.items, here.handed]).to.deep.equal(before);
      }),
      { numRuns: runs },
    );
    expect(here.handed).to.have.length(1);
  });

  it(`has a responder do nothing for ${runs} tasks that name no request of its playbook`, async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const id = "0".repeat(32);
    const at = world.now().toISOString();
    await world.requests.ask({ id, playbook: "contain-instance", wanted, by: alice, at });
    const task = fc.oneof(
      hex(32)
        .filter((each) => each !== id)
        .map((request) => [request, "contain-instance"] as const),
      fc.constantFrom([id, "contain-access-key"] as const, [id, "revoke-sessions"] as const),
    );
    await fc.assert(
      fc.asyncProperty(task, async ([request, playbook]) => {
        const { outcome } = answered(await world.requested(request, playbook));
        expect(outcome).to.equal("refused");
      }),
      { numRuns: runs },
    );
    expect([world.changes, world.notices, world.items]).to.deep.equal([[], [], {}]);
  });
});
