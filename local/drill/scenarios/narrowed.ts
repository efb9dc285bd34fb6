/** Scenario: of a plan that waits, people approve one step: the others stay undone. */
import { security } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { readInstance } from "../instance-state";
import { cordon } from "../people";
import { notices, site } from "./credential-checks";
import { isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const name = "narrowed";

interface Shown {
  readonly steps: readonly {
    readonly number: number;
    readonly kind: string;
    readonly what: string;
  }[];
}

/** A critical instance: Cordon asks before it isolates it. */
export const narrowed: Scenario = {
  name,
  title: "Of two interfaces of a critical instance people have one isolated",
  async seed({ organization: { gateway } }) {
    const vpc = await seedVpc(gateway, site, {
      groups: ["public", "internal"],
      ssmEndpoints: true,
    });
    return seedInstance(gateway, vpc, {
      interfaces: [["public"], ["internal"]],
      volumes: 1,
      tags: { Criticality: "critical" },
    });
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const target = seeded as SeededInstance;
    const { gateway } = session.organization;
    const [open = "", internal = ""] = target.interfaces;
    const before = (await readInstance(gateway, target)).state;
    const finding = instanceFinding({ ...target, instance: target.id });
    const { results } = await session.inject(finding, `scenario ${name}`);
    const incident = results[0]?.incident ?? "none";
    session.check("the plan waits for people", results[0]?.outcome === "awaiting-approval");

    const alice = gateway.callers.trusted(security.id, "alice", "seed");
    const { stdout } = await cordon(session, alice, "show", incident, "--json");
    const { steps } = JSON.parse(stdout) as Shown;
    const numberOf = (kind: string, of: string) =>
      steps.find((step) => step.kind === kind && step.what.includes(of))?.number ?? -1;
    const cut = numberOf("cut-connections", open);
    const approve = (only: readonly number[]) =>
      cordon(session, alice, "approve", incident, "--only", only.join(), "--reason", "a drill");
    const refused = await approve([cut]);
    session.check(
      "a step without the one that it needs is refused, and nothing changes",
      refused.status === 1 &&
        refused.stdout.includes("needs step") &&
        sameState((await readInstance(gateway, target)).state, before),
    );
    const approved = await approve([numberOf("quarantine-interface", open)]);
    session.check("one interface is approved", approved.status === 0);
    const done = await session.settleWorkflows(`scenario ${name}, approved`);
    const { groups } = (await readInstance(gateway, target)).state;
    session.check(
      "that interface is in quarantine, and the other one where it was",
      !sameState(groups[open], before.groups[open]) &&
        sameState(groups[internal], before.groups[internal]),
    );
    session.check(
      "the notice says that the rest was left out by the approval",
      notices(done).some(
        (text) => text.includes("left out by the approval") && text.includes(internal),
      ),
    );
    await session.organization.pass(10);
    await session.settle(`scenario ${name}, the watch`);
    session.check(
      "the watch does not make up for it",
      sameState(
        (await readInstance(gateway, target)).state.groups[internal],
        before.groups[internal],
      ),
    );
    const report = await release(session, incident);
    const after = (await readInstance(gateway, target)).state;
    session.check(
      "one command releases it, to every field from before",
      report.outcome === "released" && sameState(restored(after), before),
    );
  },
};
