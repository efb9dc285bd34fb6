/** Scenario: people approve, reject and miss plans that wait for them. */
import { security } from "../../gateway/accounts";
import type { Credentials } from "../../gateway/iam/caller";
import { type SeededRole, seedServiceRole } from "../../seeds/identities";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { readRole } from "../identity-state";
import { cordon, runOut } from "../people";
import type { DrillSession } from "../session";
import {
  alive,
  dead,
  misuse,
  notices,
  planOnly,
  roleFinding,
  site,
  subjects,
  work,
} from "./credential-checks";
import { identitiesOf, isDryRun, release, restored, type Scenario, sameState } from "./scenario";

const name = "approval";
const why = ["--reason", "a drill"] as const;

interface Victim {
  readonly role: SeededRole;
  readonly session: Credentials;
  readonly finding: EventBridgeEvent;
}

/** Many sessions of a Lambda function's role may have its name: only the whole role can be cut. */
export const approval: Scenario = {
  name,
  title: "A plan that waits for people: approved, rejected, unanswered",
  async seed({ organization: { gateway } }) {
    const names = ["invoices", "newsletter", "search"];
    return Promise.all(
      names.map((each) => seedServiceRole(gateway, site, "lambda", { name: each, allow: work })),
    );
  },
  async run(session, seeded) {
    const { gateway } = session.organization;
    const [first, second, third] = (await Promise.all(
      (seeded as readonly SeededRole[]).map(async (role): Promise<Victim> => {
        const issued = await gateway.callers.serviceSession(
          "lambda.amazonaws.com",
          role.arn,
          role.name,
          "workload",
        );
        return { role, session: issued, finding: roleFinding(role, issued, role.name) };
      }),
    )) as [Victim, Victim, Victim];
    if (isDryRun(session)) {
      return planOnly(session, first.finding, () => readRole(gateway, first.role), name);
    }
    const alice = gateway.callers.trusted(security.id, "alice", "seed");
    await approve(session, first, alice);
    await reject(session, second, alice);
    await miss(session, third, alice);
  },
};

/** Injects the finding; gives the incident that waits. */
async function asked(session: DrillSession, { finding }: Victim): Promise<string> {
  const { results } = await session.inject(finding, `scenario ${name}`);
  session.check(
    "the plan waits for an answer",
    results.length === 1 && results[0]?.outcome === "awaiting-approval",
  );
  return results[0]?.incident ?? "none";
}

async function approve(session: DrillSession, victim: Victim, alice: Credentials): Promise<void> {
  const { gateway } = session.organization;
  const { role } = victim;
  const before = await readRole(gateway, role);
  await misuse(session, victim.session);
  const incident = await asked(session, victim);
  await alive(session, "nothing is changed: the workload's session works", victim.session);
  const shown = await cordon(session, alice, "show", incident);
  const [, command = ""] = /npx cordon (approve \S+ --plan [0-9a-f]{8}) /.exec(shown.stdout) ?? [];
  session.check("npx cordon show says that it waits", /\n {2}State +waits\n/.test(shown.stdout));
  session.check(
    "it names the calls that the thief made, by CloudTrail",
    ["CreateUser", "CreateAccessKey"].every((call) =>
      new RegExp(`\\n {2}\\S+Z +us-east-1 +iam:${call} +\\S+ +done\\n`).test(shown.stdout),
    ),
  );
  const approved = await cordon(session, alice, ...command.split(" "), ...why);
  session.check("npx cordon approve answers it", approved.status === 0);
  const done = await session.settleWorkflows(`scenario ${name}, approved`);
  session.check(
    "the responder carries the plan out",
    done.results.some(({ outcome }) => outcome === "contained"),
  );
  await dead(session, "every session of the role is denied", victim.session);
  session.check(
    "CloudTrail of the member account names the approver in every session that changes it",
    identitiesOf(done).length > 0 && identitiesOf(done).every((identity) => identity === "alice"),
  );
  const by = `arn:aws:iam::${security.id}:user/alice approved it`;
  session.check(
    "the notice and npx cordon show name the approver",
    notices(done).some((text) => text.includes(by)) &&
      /State +approved by \S+:user\/alice /.test(
        (await cordon(session, alice, "show", incident)).stdout,
      ),
  );
  const again = await cordon(session, alice, "approve", incident, ...why);
  session.check(
    "a second answer is refused",
    again.status === 1 && again.stdout.startsWith("Nothing was approved."),
  );
  const report = await release(session, incident);
  session.check(
    "one command releases it; every field of the role is restored, except for the release tags",
    report.outcome === "released" && sameState(restored(await readRole(gateway, role)), before),
  );
}

async function reject(session: DrillSession, victim: Victim, alice: Credentials): Promise<void> {
  const incident = await asked(session, victim);
  // The workflow goes on as soon as it has the answer.
  const { length } = session.organization.gateway.record.entries;
  const rejected = await cordon(session, alice, "reject", incident, ...why);
  session.check("npx cordon reject answers it", rejected.status === 0);
  const done = await session.settleWorkflows(`scenario ${name}, rejected`, length);
  session.check(
    "the responders are notified of the rejection",
    notices(done).some((text) => text.includes(`was rejected by arn:aws:iam::${security.id}:`)),
  );
  await alive(session, "nothing is changed: the workload's session works", victim.session);
}

async function miss(session: DrillSession, victim: Victim, alice: Credentials): Promise<void> {
  const incident = await asked(session, victim);
  const { endWait } = await runOut(session, incident, 5);
  const late = await cordon(session, alice, "approve", incident, ...why);
  session.check(
    "after the time that is set, an approval is refused",
    late.status === 1 && late.stdout.includes(" expired at "),
  );
  const { length } = session.organization.gateway.record.entries;
  await endWait();
  const done = await session.settleWorkflows(`scenario ${name}, unanswered`, length);
  session.check(
    "the responders are notified urgently that nobody answered",
    subjects(done).some((subject) => subject.startsWith("[Cordon] URGENT ")) &&
      notices(done).some((text) => text.includes("Nobody answered the approval of incident")),
  );
  await alive(session, "nothing is changed: the workload's session works", victim.session);
}
