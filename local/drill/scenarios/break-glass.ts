/** Scenario: Cordon cannot act; a responder contains by command with own credentials, Cordon adopts it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { members, security } from "../../gateway/accounts";
import { type SeededRole, seedFederatedRole, signIn } from "../../seeds/identities";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import { readInstance } from "../instance-state";
import { cordon, cordonAnswered } from "../people";
import {
  identitiesOf,
  isDryRun,
  release,
  restored,
  type Scenario,
  sameState,
  touchesTarget,
} from "./scenario";

const [, platform] = members as [(typeof members)[number], (typeof members)[number]];
const site = { account: platform.id, region: "eu-west-1" };

interface Seeded {
  readonly target: SeededInstance;
  readonly role: SeededRole;
}

export const breakGlass: Scenario = {
  name: "break-glass",
  title:
    "Without Cordon's queue and journal a responder contains an instance; Cordon adopts it later",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const vpc = await seedVpc(gateway, site, { groups: ["orders"], ssmEndpoints: true });
    return {
      target: await seedInstance(gateway, vpc, { interfaces: [["orders"]], volumes: 1 }),
      // The stack's break-glass role: the service control policies exempt it.
      role: await seedFederatedRole(gateway, site, { name: "BreakGlass", allow: ["*"] }),
    };
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const { target, role } = seeded as Seeded;
    const { gateway } = session.organization;
    const folder = mkdtempSync(path.join(tmpdir(), "cordon-break-glass-"));
    try {
      const credentials = await signIn(gateway, role, "ana");
      const wanted = ["contain", target.id, "--own-credentials", "--stack", "local"];
      const why = ["--region", site.region, "--reason", "the home region is down"];
      const contain = (...more: readonly string[]) =>
        cordon(session, credentials, ...wanted, ...why, "--journal", folder, ...more);
      const before = (await readInstance(gateway, target)).state;
      const first = gateway.record.entries.length;

      const planned = await contain();
      session.check(
        "without --yes the command prints the plan and changes nothing",
        planned.status === 0 &&
          planned.stdout.includes("Planned steps") &&
          sameState((await readInstance(gateway, target)).state, before),
      );
      const done = await contain("--yes");
      const [file = ""] = readdirSync(folder);
      const incident = /^cordon-([0-9a-f]{16}-\d+)\.json$/.exec(file)?.[1] ?? "";
      const { state } = await readInstance(gateway, target);
      const groups = Object.values(state.groups).flat();
      session.check(
        "with it, it isolates the instance, and a file has the original state",
        done.status === 0 && done.stdout.includes("Isolated") && incident !== "",
      );
      session.check(
        "every interface is in quarantine, and in no group from before",
        groups.length > 0 &&
          !Object.values(before.groups)
            .flat()
            .some((id) => groups.includes(id)),
      );
      session.check(
        "none of Cordon's functions has done anything",
        gateway.record.entries.slice(first).every(({ origin }) => origin !== "cordon"),
      );

      const adopter = gateway.callers.trusted(security.id, "responder", "seed");
      const local = path.join(folder, file);
      const adopted = await cordonAnswered(
        session,
        adopter,
        "adopt",
        local,
        "--yes",
        "--reason",
        "it is back",
      );
      session.check(
        "Cordon adopts it: the journal has the incident, contained",
        adopted.status === 0 && (await session.journal(incident)).status === "contained",
      );
      session.check(
        "the adoption changes nothing of the instance",
        sameState((await readInstance(gateway, target)).state, state) &&
          gateway.record.entries
            .slice(first)
            .every(
              (call) => call.origin !== "cordon" || !call.mutating || !touchesTarget(call.action),
            ),
      );
      const report = await release(session, incident);
      const after = (await readInstance(gateway, target)).state;
      session.check(
        "one command releases it as any other, to every field from before",
        report.outcome === "released" && sameState(restored(after), before),
      );

      const where = ["--account", site.account, "--region", site.region];
      const asking = gateway.record.entries.length;
      const asked = await cordonAnswered(
        session,
        adopter,
        "contain",
        target.id,
        ...where,
        "--reason",
        "again",
      );
      const next = /npx cordon show (\S+)/.exec(asked.stdout)?.[1] ?? "";
      session.check(
        "asked by command, Cordon itself contains it, in the next epoch",
        asked.status === 0 && /^contained: /.test(asked.stdout) && next !== incident,
      );
      const calls = gateway.record.entries.slice(asking);
      session.check(
        "CloudTrail of the member account names who asked in every session that changes it",
        identitiesOf({ calls }).length > 0 &&
          identitiesOf({ calls }).every((identity) => identity === "responder"),
      );
      const again = await release(session, next);
      session.check("and releases it", again.outcome === "released");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
