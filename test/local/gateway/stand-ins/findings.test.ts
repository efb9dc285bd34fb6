import {
  ArchiveFindingsCommand,
  CreateDetectorCommand,
  type Feedback,
  GetFindingsCommand,
  GuardDutyClient,
  ListDetectorsCommand,
  UpdateFindingsFeedbackCommand,
} from "@aws-sdk/client-guardduty";
import { expect } from "chai";
import { errorOf, region, security, seedOf, shop } from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

describe("the findings that GuardDuty has in the local organization [V1]", () => {
  const world = useWorld();
  const as = (account: string) =>
    new GuardDutyClient({ ...world.as(seedOf(world, account)), region });
  const ask = (DetectorId = "", account = security, more = {}) =>
    as(account).send(new GetFindingsCommand({ DetectorId, FindingIds: ["f1", "f2"], ...more }));
  const detectorOf = async (account: string) =>
    (await as(account).send(new CreateDetectorCommand({ Enable: true }))).DetectorId;

  it("are read by the administrator, by its own detector, in the region in which they were sent", async () => {
    const detector = await detectorOf(security);
    world.findings.sent(region, { id: "f1", type: "Backdoor:EC2/Spambot" });
    world.findings.sent("eu-central-1", { id: "f2", type: "Backdoor:EC2/Spambot" });
    const { Findings = [] } = await ask(detector);
    expect(Findings.map(({ Id }) => Id)).to.deep.equal(["f1"]);
    expect((await errorOf(ask(await detectorOf(shop)))).message).to.equal(
      "The request is rejected because the input detectorId is not owned by the current account.",
    );
    const member = await errorOf(ask(detector, shop));
    expect(member.name).to.equal("CordonLocalUnknownOperation");
    const ordered = { SortCriteria: { AttributeName: "severity" } };
    expect((await errorOf(ask(detector, security, ordered))).name).to.equal(
      "CordonLocalUnknownOperation",
    );
  });

  it("are archived and called useful or not by the administrator, those that it has", async () => {
    const { DetectorIds: [DetectorId] = [] } = await as(security).send(
      new ListDetectorsCommand({}),
    );
    const about = { DetectorId, FindingIds: ["f1"] };
    const feedback = (Feedback: string, more = {}) =>
      new UpdateFindingsFeedbackCommand({ ...about, Feedback: Feedback as Feedback, ...more });
    await as(security).send(feedback("NOT_USEFUL"));
    expect(world.findings.stateOf(region, "f1")).to.deep.equal({
      archived: false,
      feedback: "NOT_USEFUL",
    });
    await as(security).send(new ArchiveFindingsCommand(about));
    expect(world.findings.stateOf(region, "f1").archived).to.equal(true);
    for (const [command, name] of [
      [feedback("GOOD"), "BadRequestException"],
      [feedback("USEFUL", { Comments: "our scanner" }), "CordonLocalUnknownOperation"],
      [new ArchiveFindingsCommand({ ...about, FindingIds: ["f9"] }), "CordonLocalUnknownOperation"],
      [
        new ArchiveFindingsCommand({ ...about, FindingIds: Array(51).fill("f1") }),
        "BadRequestException",
      ],
    ] as const) {
      expect((await errorOf(as(security).send(command as ArchiveFindingsCommand))).name).to.equal(
        name,
      );
    }
  });

  it("cannot be archived before they are sent", () => {
    expect(() => world.findings.archive(region, "f9")).to.throw(
      "GuardDuty sent no finding f9 in us-east-1",
    );
  });
});
