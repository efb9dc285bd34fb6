/** Scenario: a finding that goes on for a day is notified once, and then in the digest. */
import { homeRegion, members } from "../../gateway/accounts";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc } from "../../seeds/networks";
import type { DrillSession } from "../session";
import { notices, subjects } from "./credential-checks";
import { isDryRun, type Scenario } from "./scenario";

const [, platform] = members as [(typeof members)[number], (typeof members)[number]];
const name = "lasting";
const hourMs = 3_600_000;

export const lasting: Scenario = {
  name,
  title: "A finding of medium severity goes on for 24 hours: one notice, and a line in the digest",
  async seed({ organization: { gateway } }) {
    const site = { account: platform.id, region: homeRegion };
    const vpc = await seedVpc(gateway, site, { groups: ["scans"] });
    return seedInstance(gateway, vpc, { interfaces: [["scans"]], volumes: 0 });
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    const target = seeded as SeededInstance;
    const { lambda } = session.organization;
    const first = instanceFinding({ ...target, instance: target.id, severity: 5 });
    // All of it is of one day, whatever the time is.
    const today = Date.parse(`${lambda.now().toISOString().slice(0, 10)}T00:10:00Z`);
    lambda.advanceClock(today + 24 * hourMs - lambda.now().getTime());
    const began = lambda.now();
    const published: string[][] = [];
    for (let hour = 0; hour < 24; hour++) {
      if (hour > 0) lambda.advanceClock(hourMs);
      published.push(
        await update(session, first, { count: 1 + hour * 4, severity: hour < 12 ? 5 : 6 }),
      );
    }
    const hours = published.flatMap((each, hour) => each.map(() => hour));
    session.check(
      "one notice tells of it, and one more when its severity rises after 12 hours",
      hours.join() === "0,12",
    );
    session.check(
      "both name the instance, what was seen and how often, and page nobody",
      published
        .flat()
        .every((each) => each.includes(target.id) && each.includes("connection outbound")),
    );

    const day = began.toISOString().slice(0, 10);
    const nextMorning = Date.parse(`${day}T06:00:00Z`) + 24 * hourMs;
    lambda.advanceClock(Math.max(0, nextMorning - lambda.now().getTime()));
    const digests = await watched(session, day);
    const lines = digests.flatMap((text) =>
      text.split("\n").filter((line) => line.startsWith(`  - ${target.id} (`)),
    );
    session.check(
      "the next morning one digest has one line about it",
      digests.length === 1 &&
        lines.length === 1 &&
        /severity \d.*: \d+ times, last at /.test(lines[0] ?? ""),
    );
    session.check("the digest is sent once", (await watched(session, day)).length === 0);
  },
};

/** Sends an update of the finding, as GuardDuty does; returns the notices about it. */
async function update(
  session: DrillSession,
  event: ReturnType<typeof instanceFinding>,
  { count, severity }: { readonly count: number; readonly severity: number },
): Promise<string[]> {
  const at = session.organization.lambda.now().toISOString();
  const detail = event.detail as { readonly service: object };
  const service = { ...detail.service, count, eventLastSeen: at };
  const injected = await session.inject(
    { ...event, detail: { ...detail, severity, updatedAt: at, service } },
    `scenario ${name}`,
  );
  return notices(injected).filter((_, index) => !subjects(injected)[index]?.includes("URGENT"));
}

/** Calls the watch; returns the digests of the day that it sent. */
async function watched({ organization }: DrillSession, day: string): Promise<readonly string[]> {
  const { entries } = organization.gateway.record;
  const { length } = entries;
  await organization.watch();
  return entries.slice(length).flatMap(({ action, request }) => {
    const { Subject = "", Message = "" } = request as { Subject?: string; Message?: string };
    const isDigest = action === "sns:Publish" && Subject.startsWith(`[Cordon] Digest of ${day}: `);
    return isDigest ? [Message] : [];
  });
}
