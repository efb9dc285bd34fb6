import { expect } from "chai";
import { subjectOf } from "../../../functions/notify/incident-news";
import { announcement } from "../../../functions/notify/notice";
import * as builders from "../../support/builders";
import { cases } from "../../support/cases";
import { mailed } from "../../support/mailed";
import { answered, SimulatedWorld } from "../../support/simulated-world";

const incident = builders.incident();
const id = `${builders.incidentKey}-1`;
const link =
  "https://eu-central-1.console.aws.amazon.com/guardduty/home?region=eu-central-1#/findings?search=id%3D1ab2c3d4e5f60718293a4b5c6d7e8f90";

const protects = { protectedResources: [builders.instanceArn] } as const;

describe("the notice of a containment [E2]", () => {
  it("says what happened, what was done, what risk remains, and how to undo it", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    expect(world.notices).to.have.lengthOf(1);
    expect(world.notices[0]?.subject).to.equal(
      "[Cordon] Isolated: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
    );
    const { text } = world.notices[0]!;
    for (const line of [
      "The instance talks to a mining pool.",
      "Finding    CryptoCurrency:EC2/BitcoinTool.B, severity 8",
      "Resource   i-0a1b2c3d4e5f60718",
      "Account    Web shop (222233334444), eu-central-1",
      `Link       ${link}`,
      `Incident   ${id}`,
      "Playbook   Contain instance",
      "  - eni-01: sg-admin, sg-web → quarantine only",
      "  - Name: web-1",
      "  - deny role web sessions issued to i-0a1b2c3d4e5f60718",
      "  - Security groups do not filter DNS through the VPC resolver: data can still leave by DNS.",
      "  - Memory and instance-store disks are in no snapshot.",
      "  - Sessions of other roles that the instance's role assumed earlier are not denied.",
      "  - Inspect the running instance: aws ssm start-session --target=i-0a1b2c3d4e5f60718 --region=eu-central-1",
      `  - npx cordon release ${id} --reason "WHY"`,
    ]) {
      expect(text.split("\n")).to.include(line);
    }
    expect(headings(text)).to.deep.equal([
      "Whose it is, by the tags that the account gives it",
      "Why",
      "Done and verified",
      "Residual risk",
      "Next steps",
      "Undo",
    ]);
  });

  it("says what else an instance without role and endpoints cannot have", async () => {
    const state = builders.youngAccount();
    state.interfaces["eni-02"]!.managed = true;
    const world = new SimulatedWorld(state);
    await world.answer(incident);
    const lines = world.notices[0]?.text.split("\n") ?? [];
    expect(lines).to.include.members([
      "  - EC2 refuses termination and stop protection for a Spot Instance, and may interrupt it.",
      "  - The VPC has no SSM interface endpoints of this account: Session Manager cannot reach the instance.",
    ]);
    expect(lines.filter((line) => /ssm start-session|chained|eni-02: /.test(line))).to.deep.equal(
      [],
    );
  });
});

describe("the notice of a release [E4]", () => {
  it("says what was reverted, what stays, and what must be done manually", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident);
    world.state.interfaces["eni-01"]!.groups = ["sg-admin"];
    world.state.scalingGroups["web-asg"]!.max = 1;
    answered(await world.release(id));
    const { subject, text } = world.notices.at(-1)!;
    expect(subject).to.equal(`[Cordon] URGENT Released in part: i-0a1b2c3d4e5f60718 (${id})`);
    expect(headings(text)).to.deep.equal([
      "Whose it is, by the tags that the account gives it",
      "Reverted",
      "Left in place by design",
      "Changed since containment, not reverted",
      "Failed permanently: do it manually, in eu-central-1",
      "Kept in place",
    ]);
    expect(text.split("\n")).to.include.members([
      "Account    Web shop (222233334444), eu-central-1",
      `Incident   ${id}`,
      "Requester  arn:aws:sts::444455556666:assumed-role/responders/ana",
      "Reason     a false positive",
      "  - move eni-02 back to sg-data",
      "  - Snapshots are evidence and stay; delete them when the case is closed.",
      "  - move eni-01 back to sg-admin, sg-web: it was changed after the containment. Manual step: Set the security groups of eni-01 back to sg-admin, sg-web.",
      "  - attach i-0a1b2c3d4e5f60718 to Auto Scaling group web-asg, which raises its desired capacity by one: ValidationError: web-asg would exceed its maximum 1. Manual step: Attach the running instance: aws autoscaling attach-instances --instance-ids=i-0a1b2c3d4e5f60718 --auto-scaling-group-name=web-asg. The desired capacity rises by one. If that exceeds the group's maximum, raise the maximum by one first: aws autoscaling update-auto-scaling-group --auto-scaling-group-name=web-asg --max-size MAXIMUM",
      "  - set DeleteOnTermination of /dev/xvda of i-0a1b2c3d4e5f60718 back to true: kept in place because this is not done: attach i-0a1b2c3d4e5f60718 to Auto Scaling group web-asg, which raises its desired capacity by one. Manual step: Set DeleteOnTermination of /dev/xvda of i-0a1b2c3d4e5f60718 back to true.",
    ]);
  });
});

describe("an announcement [R12] [E2]", () => {
  const what = ["dry-run", "notified", "target-missing", "awaiting-approval"] as const;

  it("has a subject that SNS takes, whatever the finding's type", () => {
    const types = cases<{ type: string }>("guardduty-types").map(({ type }) => type);
    expect(Math.max(...types.map((type) => type.length))).to.equal(85);
    for (const type of [...types, `Backdoor:EC2/${"x".repeat(137)}`, "Backdoor:EC2/Ünïcode→\n"]) {
      const subject = subjectOf(builders.incident({ type }), "Web shop");
      for (const each of what) {
        const notice = announcement(subject, each, ["Because"]);
        expect(notice.subject, type).to.match(/^\[Cordon\] [\x20-\x7e]{1,91}$/);
        expect(notice.subject, type).to.include("no change made: i-0a1b2c3d4e5f60718 (");
        expect(notice.text).to.include(type.trim());
      }
    }
  });

  it("cuts the longest subject visibly", () => {
    const type =
      "CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed!AndSomethingElseBesides";
    const subject = subjectOf(builders.incident({ type }), "Web shop");
    expect(announcement(subject, "notified", ["Because"]).subject).to.equal(
      "[Cordon] URGENT Review required, no change made: i-0a1b2c3d4e5f60718 (CredentialAccess:Kubernetes...",
    );
  });

  it("gives what strangers write no line of its own", () => {
    const forged = "Key\n\nUndo\r\n  - npx cordon release\u2028\u202e1\ud800";
    const { finding, ...subject } = subjectOf(builders.incident({ title: forged }), "Web shop");
    const { text } = announcement({ ...subject, finding, resource: forged }, "notified", [forged], {
      manualSteps: [forged],
    });
    const line = "Key Undo - npx cordon release 1";
    expect(text.split("\n").filter((each) => /Key|Undo|npx/.test(each))).to.deep.equal([
      line,
      `Resource   ${line}`,
      `  - ${line}`,
      `  - ${line}`,
    ]);
  });

  it("names account, link and reasons, and marks a sample", () => {
    const subject = subjectOf(builders.incident({ sample: true }), "Web shop");
    const written = announcement(subject, "notified", ["One reason", "Another"]);
    expect(mailed(written)).to.deep.equal({
      urgency: "normal",
      subject:
        "[Cordon] Review required, no change made: i-0a1b2c3d4e5f60718 (CryptoCurrency:EC2/BitcoinTool.B)",
      text: [
        "Cordon changed nothing: what to do about this is for you to decide.",
        "The instance talks to a mining pool.",
        "",
        "Finding    CryptoCurrency:EC2/BitcoinTool.B, severity 8, a sample",
        "Resource   i-0a1b2c3d4e5f60718",
        "Account    Web shop (222233334444), eu-central-1",
        `Link       ${link}`,
        "",
        "Why no change was made",
        "  - One reason",
        "  - Another",
        "",
        "Detective  https://eu-central-1.console.aws.amazon.com/detective/home?region=eu-central-1#findings/GuardDuty/1ab2c3d4e5f60718293a4b5c6d7e8f90",
        "CloudTrail of 222233334444 in eu-central-1 https://eu-central-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-central-1#/events?Username=i-0a1b2c3d4e5f60718",
        "CloudTrail of 222233334444 in us-east-1 https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events?Username=i-0a1b2c3d4e5f60718",
        "",
      ].join("\n"),
    });
  });

  it("lists what the detector saw; how often changes with every update, and is no news", () => {
    const of = (change: object) => {
      const subject = subjectOf(builders.incident(change), "Web shop");
      return announcement(subject, "notified", ["Because"]);
    };
    const seen = ["DNS request for pool.example.com, UDP"];
    const { text, tally } = of({ seen, count: 3, firstSeen: "2026-11-20T09:40:00.000Z" });
    expect(text).to.include(
      "\n\nSeen by the detector\n  - DNS request for pool.example.com, UDP\n\n",
    );
    expect(tally).to.equal(
      "Seen 3 times, first at 2026-11-20T09:40:00.000Z, last at 2026-11-20T10:00:00.000Z.",
    );
    expect(of({ seen, count: 4 }).text).to.equal(text);
    expect(of({ count: 1 }).tally).to.equal("Seen once, at 2026-11-20T10:00:00.000Z.");
    expect(of({}).tally).to.equal(undefined);
  });

  it("gives the manual steps where no response may act, and that it is urgent", () => {
    const link =
      "https://us-east-1.console.aws.amazon.com/securityhub/home?region=us-east-1#/findings";
    const subject = subjectOf(
      builders.userIncident({ link, requestedAt: "2026-11-20T10:20:00Z" }),
      "Web shop",
    );
    const written = announcement(subject, "notified", ["Because"], {
      manualSteps: ["Do it"],
      isAlarming: true,
    });
    expect(mailed(written)).to.deep.equal({
      urgency: "urgent",
      subject:
        "[Cordon] URGENT Review required, no change made: user deploy (UnauthorizedAccess:IAMUser/Maliciou...",
      text: [
        "Cordon changed nothing: what to do about this is for you to decide.",
        "The credentials were used from an address on your threat list.",
        "",
        "Finding    UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom, severity 8",
        "Resource   user deploy",
        "Account    Web shop (222233334444), eu-central-1",
        `Link       ${link}`,
        "",
        "Why no change was made",
        "  - Because",
        "",
        "Do this",
        "  - Do it",
        "",
        "CloudTrail of 222233334444 in eu-central-1 https://eu-central-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-central-1#/events?AccessKeyId=AKIAEXAMPLEKEY000001",
        "CloudTrail of 222233334444 in us-east-1 https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events?AccessKeyId=AKIAEXAMPLEKEY000001",
        "",
      ].join("\n"),
    });
  });

  it("says whose a target is that it leaves alone, and is no news for other tags alone", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    const { tags } = world.state.instances[builders.instanceId]!;
    const asked = async (owner: string) => {
      Object.assign(tags, { Owner: owner, AutoRemediation: "disabled" });
      await world.answer(builders.incident({ severity: 7 }), { policy: protects });
    };
    await asked("ana https://evil.example");
    expect(world.notices[0]?.text.split("\n")).to.include.members([
      "Whose it is, by the tags that the account gives it",
      "  - Name: web-1",
      "  - Owner: ana https[:]//evil.example",
    ]);
    await asked("ben");
    expect(world.notices).to.have.length(1);
  });

  it("shows what a dry run would have done, and what that could not", async () => {
    const world = new SimulatedWorld(builders.standardAccount());
    await world.answer(incident, { policy: { mode: "dry-run" } });
    const { text } = world.notices[0]!;
    expect(headings(text)).to.deep.equal([
      "Whose it is, by the tags that the account gives it",
      "Why no change was made",
      "Planned steps",
      "Residual risk",
    ]);
    expect(text.split("\n")).to.include.members([
      `Incident   ${id}`,
      "  - This deployment runs in dry-run mode",
      "  - Severity 8 meets the threshold of 7, the instance began the activity (it opened the connection), and every guard passed",
      "  - eni-02: sg-data → quarantine only",
      "  - Memory and instance-store disks are in no snapshot.",
    ]);
  });
});

function headings(text: string): string[] {
  return text
    .split("\n\n")
    .slice(2)
    .map((section) => section.split("\n")[0] ?? "")
    .filter((title) => !title.includes("https://"));
}
