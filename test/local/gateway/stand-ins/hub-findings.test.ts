import {
  BatchUpdateFindingsCommand,
  type BatchUpdateFindingsCommandInput,
  EnableSecurityHubCommand,
  GetFindingsCommand,
  type GetFindingsCommandInput,
  SecurityHubClient,
} from "@aws-sdk/client-securityhub";
import { expect } from "chai";
import { HubFindings } from "../../../../local/gateway/stand-ins/hub-findings";
import type { ApiCall } from "../../../../local/gateway/wire/protocol";
import {
  allow,
  errorOf,
  makeRole,
  policy,
  region,
  security,
  seedOf,
  shop,
  trustLambda,
} from "../../../support/local/gateway";
import { useWorld } from "../../../support/world";

const arn = (id: string) => `arn:aws:guardduty:${region}:${shop}:detector/d0c0ffee/finding/${id}`;
const ProductArn = `arn:aws:securityhub:${region}::product/aws/guardduty`;
const named = (id: string) => ({ Id: arn(id), ProductArn });

describe("the findings that Security Hub has in the local organization [V1]", () => {
  const world = useWorld();
  const as = (account: string) =>
    new SecurityHubClient({ ...world.as(seedOf(world, account)), region });
  const update = (input: Partial<BatchUpdateFindingsCommandInput>, account = security) =>
    as(account).send(
      new BatchUpdateFindingsCommand({ FindingIdentifiers: [named("f1")], ...input }),
    );
  const get = (input: GetFindingsCommandInput) => as(security).send(new GetFindingsCommand(input));
  const equal = (id: string) => ({ Value: arn(id), Comparison: "EQUALS" as const });
  const unknown = "CordonLocalUnknownOperation";

  it("are refused while Security Hub is off, as AWS does", async () => {
    expect((await errorOf(update({}))).name).to.equal("InvalidAccessException");
    await as(security).send(new EnableSecurityHubCommand({}));
    await as(shop).send(new EnableSecurityHubCommand({}));
    const { UnprocessedFindings = [] } = await update({});
    expect(UnprocessedFindings.map(({ ErrorCode }) => ErrorCode)).to.deep.equal([
      "FindingNotFound",
    ]);
  });

  it("keep what customers wrote when their product updates them", async () => {
    world.hubFindings.sent(region, { arn: arn("f1") });
    world.hubFindings.arrive();
    await update({ Workflow: { Status: "RESOLVED" } });
    world.hubFindings.sent(region, { arn: arn("f1") });
    world.hubFindings.arrive();
    expect(world.hubFindings.find(region, "f1")?.Workflow.Status).to.equal("RESOLVED");
    const { ProcessedFindings, UnprocessedFindings = [] } = await update({
      FindingIdentifiers: [named("f1"), named("f1"), named("f9")],
      Workflow: { Status: "NEW" },
    });
    expect(ProcessedFindings).to.deep.equal([named("f1")]);
    expect(UnprocessedFindings.map(({ ErrorCode }) => ErrorCode)).to.deep.equal([
      "DuplicatedFindingIdentifier",
      "FindingNotFound",
    ]);
    expect(() => world.hubFindings.set(region, "f9", "NEW")).to.throw(
      "Security Hub has no finding f9 in us-east-1",
    );
  });

  it("are updated within AWS's limits, and read by equal ids alone", async () => {
    const UpdatedBy = "Cordon";
    for (const [input, name] of [
      [{ FindingIdentifiers: [] }, "InvalidInputException"],
      [{ FindingIdentifiers: Array(101).fill(named("f1")) }, "InvalidInputException"],
      [{ Workflow: { Status: "DONE" as never } }, "InvalidInputException"],
      [{ Note: { Text: "x".repeat(513), UpdatedBy } }, "InvalidInputException"],
      [{ Note: { Text: " ", UpdatedBy } }, "InvalidInputException"],
      [{ Severity: { Label: "LOW" as const } }, unknown],
    ] satisfies [Partial<BatchUpdateFindingsCommandInput>, string][]) {
      expect((await errorOf(update(input))).name, JSON.stringify(input)).to.equal(name);
    }
    await update({ Note: { Text: "x".repeat(512), UpdatedBy } });
    expect((await errorOf(update({}, shop))).name).to.equal(unknown);
    const { Findings = [] } = await get({ Filters: { Id: [equal("f1"), equal("f9")] } });
    expect(Findings.map(({ Id }) => Id)).to.deep.equal([arn("f1")]);
    for (const [input, name] of [
      [{}, unknown],
      [{ Filters: { Id: [{ Value: "x", Comparison: "PREFIX" as const }] } }, unknown],
      [{ Filters: { Id: [equal("f1")], Title: [equal("f1")] } }, unknown],
      [{ Filters: { Id: Array(21).fill(equal("f1")) } }, "InvalidInputException"],
      [{ Filters: { Id: [equal("f1")] }, MaxResults: 101 }, "InvalidInputException"],
    ] satisfies [GetFindingsCommandInput, string][]) {
      expect((await errorOf(get(input))).name, JSON.stringify(input)).to.equal(name);
    }
  });

  it("are updated thirty times at once in a region, and ten times a second", async () => {
    let now = 0;
    const hub = new HubFindings(() => now);
    const call = {
      service: "securityhub",
      operation: "BatchUpdateFindings",
      region,
      parameters: { FindingIdentifiers: [named("f1")] },
    } as unknown as ApiCall;
    const answer = (at = region) => hub.answer({ ...call, region: at }, security, async () => true);
    for (let count = 0; count < 30; count++) await answer();
    expect((await errorOf(answer() as Promise<unknown>)).message).to.equal("Rate exceeded");
    await answer("eu-west-1");
    now += 1_000;
    for (let count = 0; count < 10; count++) await answer();
    expect((await errorOf(answer() as Promise<unknown>)).message).to.equal("Rate exceeded");
  });

  it("are decided by the fields that an update holds", async () => {
    const deny = (operator: string, field: string, value: string) => ({
      Effect: "Deny",
      Action: "securityhub:BatchUpdateFindings",
      Resource: "*",
      Condition: { [operator]: { [`securityhub:ASFFSyntaxPath/${field}`]: value } },
    });
    const may = policy(
      allow("securityhub:BatchUpdateFindings", `arn:aws:securityhub:*:${security}:hub/default`),
      deny("Null", "Severity.Label", "false"),
      deny("StringEquals", "Workflow.Status", "NEW"),
    );
    const role = await makeRole(world, security, "teller", trustLambda, may);
    const given = await world.callers.serviceSession("lambda", role, "run", "cordon");
    const client = new SecurityHubClient({ ...world.as(given), region });
    const attempt = (input: Partial<BatchUpdateFindingsCommandInput>) =>
      client.send(new BatchUpdateFindingsCommand({ FindingIdentifiers: [named("f1")], ...input }));
    await attempt({ Workflow: { Status: "NOTIFIED" } });
    for (const input of [
      { Workflow: { Status: "NEW" as const } },
      { Workflow: { Status: "NOTIFIED" as const }, Severity: { Label: "LOW" as const } },
    ]) {
      expect((await errorOf(attempt(input))).name).to.equal("AccessDeniedException");
    }
  });
});
