import { expect } from "chai";
import { readExcerpt } from "../../../../functions/flows/approval/excerpt";
import type { LookedUpEvent, Trail } from "../../../../functions/history/event-history";
import type { Incident } from "../../../../functions/model/incident";
import type { IncidentRecord } from "../../../../functions/record/journal";
import * as builders from "../../../support/builders";

const role = (name: string, more: object = {}) => ({
  type: "AssumedRole",
  sessionContext: { sessionIssuer: { type: "Role", userName: name } },
  ...more,
});
const call = (EventName: string, userIdentity: object): LookedUpEvent => ({
  EventId: EventName,
  EventName,
  EventSource: "iam.amazonaws.com",
  EventTime: new Date("2026-11-20T10:01:00Z"),
  CloudTrailEvent: JSON.stringify({ userIdentity, sourceIPAddress: "198.51.100.23" }),
});

type Answer = readonly LookedUpEvent[] | Error | "never";

interface Options {
  readonly steps?: readonly object[];
  readonly quiet?: boolean;
  /** What a look-up of this value in this region gives, as "us-east-1 alice". @default nothing */
  readonly answers?: Readonly<Record<string, Answer | readonly LookedUpEvent[][]>>;
  readonly history?: Error | "never";
}

/** Reads the excerpt at 10:05; the eight seconds are over once only what never answers is left. */
async function read(incident: Incident, options: Options = {}) {
  const { steps = [], quiet = false, answers = {} } = options;
  const asked: string[] = [];
  const signals = new Set<AbortSignal | undefined>();
  let over: () => void = () => undefined;
  const eightSeconds = new Promise<void>((resolve) => {
    over = resolve;
  });
  const never = () => {
    // Every promise that is ready comes first.
    setImmediate(over);
    return new Promise<never>(() => undefined);
  };
  const plan = { residual: [], nextSteps: [], stages: [{ name: "x", steps }] };
  const trail: Trail = {
    async page(region, { by, value, from, to }, next, signal) {
      asked.push(`${region} ${by} ${value} ${from.toISOString()} ${to.toISOString()}`);
      signals.add(signal);
      const answer = answers[`${region} ${value}`] ?? [];
      if (answer instanceof Error) throw answer;
      if (answer === "never") return never();
      if (!Array.isArray(answer[0])) return { events: answer as readonly LookedUpEvent[] };
      const page = Number(next ?? "0");
      const pages = answer as readonly LookedUpEvent[][];
      const more = page + 1 < pages.length;
      return { events: pages[page] ?? [], ...(more && { next: String(page + 1) }) };
    },
  };
  const excerpt = await readExcerpt({ incident, plan } as unknown as IncidentRecord, quiet, {
    now: () => new Date("2026-11-20T10:05:00.000Z"),
    sleep: (ms) => (ms === 8_000 ? eightSeconds : Promise.resolve()),
    history: async () => {
      if (options.history === "never") return never();
      if (options.history !== undefined) throw options.history;
      return trail;
    },
  });
  return { excerpt, asked, signals: [...signals] };
}

const period = "2026-11-20T04:00:00.000Z 2026-11-20T10:05:00.000Z";
const throttled = Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });

describe("what people see of a principal before they approve [R12]", () => {
  it("is looked up by a session's key and name, in its region and where IAM's calls are", async () => {
    const byKey = call("CreateUser", role("analyst"));
    const { excerpt, asked } = await read(builders.roleIncident(), {
      answers: {
        "us-east-1 ASIAEXAMPLEKEY000009": [byKey],
        "us-east-1 alice@example.com": [
          byKey,
          call("CreateRole", role("analyst")),
          call("DeleteRole", role("another")),
        ],
      },
    });
    expect(asked.sort()).to.deep.equal([
      `eu-central-1 AccessKeyId ASIAEXAMPLEKEY000009 ${period}`,
      `eu-central-1 Username alice@example.com ${period}`,
      `us-east-1 AccessKeyId ASIAEXAMPLEKEY000009 ${period}`,
      `us-east-1 Username alice@example.com ${period}`,
    ]);
    expect(excerpt?.calls.map((each) => each.call)).to.have.members([
      "iam:CreateUser",
      "iam:CreateRole",
    ]);
    expect(excerpt).to.deep.include({
      from: "2026-11-20T04:00:00.000Z",
      to: "2026-11-20T10:05:00.000Z",
      found: 2,
      missing: [],
    });
  });

  it("is looked up by a user's name, and leaves out another user of that name", async () => {
    const user = (principalId: string) => ({ type: "IAMUser", userName: "deploy", principalId });
    const { excerpt, asked } = await read(builders.userIncident(), {
      answers: {
        "us-east-1 deploy": [
          call("CreateUser", user(builders.userId)),
          call("DeleteUser", user("AIDAEXAMPLEUSER000099")),
        ],
      },
    });
    expect(asked).to.have.lengthOf(2);
    expect(excerpt?.calls.map((each) => each.call)).to.deep.equal(["iam:CreateUser"]);
  });

  it("is looked up by an instance's id, of its role alone; without a role nothing is", async () => {
    const steps = [{ kind: "deny-instance-credentials", role: { name: "web", arn: "" } }];
    const answers = {
      [`us-east-1 ${builders.instanceId}`]: [
        call("CreateUser", role("web")),
        call("DeleteUser", role("another")),
      ],
    };
    const { excerpt } = await read(builders.incident(), { steps, answers });
    expect(excerpt?.calls.map((each) => each.call)).to.deep.equal(["iam:CreateUser"]);
    const without = await read(builders.incident(), { answers });
    expect(without).to.deep.equal({ excerpt: undefined, asked: [], signals: [] });
  });

  const command = (region: string) =>
    `With credentials of account 222233334444: aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue=deploy --region=${region}`;

  it("says which region could not be read, why, and by which command a person can", async () => {
    const { excerpt } = await read(builders.userIncident(), {
      answers: {
        "eu-central-1 deploy": throttled,
        "us-east-1 deploy": [call("CreateUser", { type: "IAMUser" })],
      },
    });
    expect(excerpt?.missing).to.deep.equal([
      `CloudTrail could not be read in eu-central-1: ThrottlingException: Rate exceeded. ${command("eu-central-1")}`,
    ]);
    expect(excerpt?.calls.map((each) => each.call)).to.deep.equal(["iam:CreateUser"]);
  });

  it("ends after eight seconds with what had come, and tries no further", async () => {
    const { excerpt, signals } = await read(builders.userIncident(), {
      answers: {
        "eu-central-1 deploy": "never",
        "us-east-1 deploy": [call("CreateUser", { type: "IAMUser" })],
      },
    });
    expect(excerpt?.missing).to.deep.equal([
      `CloudTrail could not be read in eu-central-1: NoAnswer: no answer within 8 seconds. ${command("eu-central-1")}`,
    ]);
    expect(excerpt?.calls).to.have.lengthOf(1);
    expect(signals.map((signal) => signal?.aborted)).to.deep.equal([true]);
  });

  it("reads two hundred events of a look-up, and says that there are more", async () => {
    const page = (number: number) =>
      Array.from({ length: 50 }, (_, index) =>
        call(`Create${number}x${index}`, { type: "IAMUser" }),
      );
    const { excerpt, asked } = await read(builders.userIncident(), {
      answers: { "us-east-1 deploy": [page(0), page(1), page(2), page(3), page(4)] },
    });
    expect(asked.filter((each) => each.startsWith("us-east-1"))).to.have.lengthOf(4);
    expect(excerpt?.found).to.equal(200);
    expect(excerpt?.missing).to.deep.equal([
      `In us-east-1 there are more calls than were read. ${command("us-east-1")}`,
    ]);
  });

  for (const [what, history, why] of [
    [
      "the role may not be assumed",
      Object.assign(new Error("not authorized"), { name: "AccessDenied" }),
      "AccessDenied: not authorized",
    ],
    ["STS does not answer", "never", "NoAnswer: no answer within 8 seconds"],
  ] as const) {
    it(`is missing, with the reason, where ${what}`, async () => {
      const { excerpt } = await read(builders.userIncident(), { history });
      expect(excerpt).to.deep.equal({
        from: "2026-11-20T04:00:00.000Z",
        to: "2026-11-20T10:05:00.000Z",
        calls: [],
        found: 0,
        missing: [`CloudTrail could not be read: ${why}. ${command("eu-central-1")}`],
      });
    });
  }

  it("is not looked up of many plans that a brake holds back", async () => {
    const { excerpt, asked } = await read(builders.userIncident(), { quiet: true });
    expect(asked).to.deep.equal([]);
    expect(excerpt?.missing).to.deep.equal([
      `Not looked up, since a brake holds back many plans. ${command("eu-central-1")}`,
    ]);
  });

  it("looks back from now where the finding has no time", async () => {
    const { excerpt } = await read(builders.userIncident({ lastSeen: "yesterday" }));
    expect(excerpt?.from).to.equal("2026-11-20T04:05:00.000Z");
  });
});
