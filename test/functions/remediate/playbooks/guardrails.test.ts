/** A thief who fills a user or role with tags keeps no mark off that there is room for. */
import { expect } from "chai";
import { allSteps } from "../../../../functions/remediate/plan";
import * as builders from "../../../support/builders";
import type { AccountState } from "../../../support/memory-account";
import { answered, SimulatedWorld } from "../../../support/simulated-world";

/** IAM User Guide, "IAM and AWS STS quotas": 50 tags on a user or role. */
const junk = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`junk-${n}`, "x"]));
const targets = [
  ["user deploy", builders.userIncident(), ({ users }: AccountState) => users.deploy!],
  ["role analyst", builders.roleIncident(), ({ roles }: AccountState) => roles.analyst!],
] as const;

for (const [name, incident, of] of targets) {
  const answer = async (tags: Record<string, string>) => {
    const world = new SimulatedWorld(builders.identityAccount());
    of(world.state).tags = { ...tags };
    const ending = answered(await world.answer(incident, { policy: { guardrails: "all" } }));
    return { world, ending, now: () => of(world.state).tags, text: world.notices[0]!.text };
  };
  const id = `${incident.key}-1`;

  describe(`the mark of ${name} [P9]`, () => {
    it("is SecurityStatus alone where there is room for one tag, and a release removes it", async () => {
      const { world, ending, now, text } = await answer(junk(49));
      expect(ending.outcome).to.equal("contained");
      expect(now()).to.deep.equal({ ...junk(49), SecurityStatus: "Quarantined" });
      expect(text).to.include(
        `  - IAM has no room for the tags QuarantinedAt, CordonIncident, GuardDutyFindingId, GuardDutyFindingType on ${name}.\n`,
      );
      expect(text).to.include("Cordon's service control policies keep all other principals");
      expect(answered(await world.watch(incident.key)).outcome).to.equal("logged");
      // A release sets RestoredAt as well.
      delete now()["junk-0"];
      await world.release(id);
      expect(now().SecurityStatus).to.equal("Restored");
    });

    it("is missing where there is room for none: then the containment is one in part", async () => {
      const { world, ending, now, text } = await answer(junk(50));
      expect(ending.outcome).to.equal("contained-in-part");
      expect(now()).to.deep.equal(junk(50));
      expect(world.notices[0]?.subject).to.match(/^\[Cordon\] URGENT Contained in part: /);
      const [type, one] = name.split(" ");
      expect(text).to.include(
        `\nStill open\n  - IAM has no room for the tag SecurityStatus=Quarantined on ${name}, which has 50 others: no service control policy guards the deny. Delete tags that nothing needs: aws iam untag-${type} --${type}-name=${one} --tag-keys KEY\n`,
      );
      expect(text).to.include(
        "  - Any principal that can change IAM in the account can remove the deny, the contained one included until the deny is in effect.\n",
      );
      const steps = allSteps(world.items[id]!.record.plan).map(({ kind }) => kind);
      expect(steps).to.not.include("tag-principal");
    });

    it("is set by the next look once there is room, and the notice has nothing open", async () => {
      const { world, now } = await answer(junk(50));
      for (let n = 0; n < 5; n++) delete now()[`junk-${n}`];
      expect(answered(await world.watch(incident.key)).outcome).to.equal("contained");
      expect(now().SecurityStatus).to.equal("Quarantined");
      expect(world.notices.at(-1)?.text).to.not.include("Still open");
    });

    // IAM User Guide, "Tags for IAM resources": Department and department are one key.
    it("replaces the same key in other letters, for which IAM needs no room", async () => {
      const { ending, now } = await answer({ ...junk(49), securitystatus: "x" });
      expect(ending.outcome).to.equal("contained");
      const marks = Object.entries(now()).filter(([key]) => /^securitystatus$/i.test(key));
      expect(marks.map(([, value]) => value)).to.deep.equal(["Quarantined"]);
    });
  });
}
