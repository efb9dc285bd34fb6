import { DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "chai";
import { signProof } from "../../functions/aws/caller-proof";
import type { RedriveReport } from "../../functions/handlers/redrive";
import { type Redrive, requestBinding } from "../../functions/record/requests";
import { homeRegion, members, security } from "../../local/gateway/accounts";
import { ownerConfig } from "../../local/gateway/client";
import { stateOf } from "../../local/gateway/emulator/moto";
import type { Credentials } from "../../local/gateway/iam/caller";
import { sendAs } from "../../local/gateway/iam/send-as";
import { instanceFinding } from "../../local/samples/guardduty";
import { fireSchedule } from "../../local/services/eventbridge/events";
import { type Bare, deployedBare } from "./deployed";
import { as, leaked, noticesOf, seedVictim, userStateOf } from "./exposure";

const hub = { account: security.id, region: homeRegion };
const minutes = 60_000;

describe("dead letters, at the deployed functions [D6] [E3]", () => {
  let here: Bare;
  before("deploy into the local organization", async () => {
    here = await deployedBare();
    // Letters of other tests have their notices first.
    await look(16);
  });

  const owner = () => ({
    ...ownerConfig(here.organization.gateway, security.id),
    useQueueUrlAsEndpoint: false,
  });
  const person = (name: string, account = security.id) =>
    here.organization.gateway.callers.trusted(account, name, "seed");

  /** Sends text to triage's queue, and gives the notices about dead letters that come of it. */
  async function deliver(text: string) {
    const { session, organization } = here;
    return notified(() => session.deliver(organization.contract.triage, text, "test"));
  }

  /** Waits, has the schedule look at what waits for a notice, and gives the notices. */
  async function look(waited: number) {
    here.organization.lambda.advanceClock(waited * minutes);
    return notified(() =>
      fireSchedule(here.organization.gateway, hub, "cordon-notify-dead-letters"),
    );
  }

  async function notified(act: () => Promise<unknown>) {
    const { record } = here.organization.gateway;
    const first = record.entries.length;
    await act();
    await here.session.settle("test");
    return noticesOf(
      record.entries
        .slice(first)
        .filter(({ principal }) => principal.includes("/cordon-notify-dead-letters/")),
    );
  }

  async function ask(request: object): Promise<RedriveReport> {
    const lambda = new LambdaClient(as(here.organization.gateway.url, person("operator")));
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName: "cordon-redrive", Payload: JSON.stringify(request) }),
    );
    const text = Buffer.from(Payload ?? []).toString();
    expect(FunctionError, text).to.equal(undefined);
    return JSON.parse(text) as RedriveReport;
  }

  async function signed(wanted: Redrive, credentials: Credentials = person("alice")) {
    const at = here.organization.lambda.now();
    const proof = await signProof(homeRegion, requestBinding(wanted, security.id), {
      credentials,
      at,
    });
    return { wanted, proof };
  }

  /** Lists what waits. */
  async function waiting() {
    const listed = await ask({ letters: "list" });
    if (listed.outcome !== "listed") return expect.fail(listed.outcome);
    return listed.letters.filter(({ redriven }) => redriven === undefined);
  }

  const finding = () =>
    JSON.stringify(
      instanceFinding({
        account: members[0]?.id ?? "",
        region: homeRegion,
        instance: "i-0123456789abcdef0",
        type: "Execution:ECS/MaliciousFile",
      }),
    );

  it("are notified with their reasons, kept, and sent again once", async () => {
    const before = new Set((await waiting()).map(({ id }) => id));
    const iam = new IAMClient(owner());
    const denied = { RoleName: "cordon-triage", PolicyName: "outage" };
    const statement = { Effect: "Deny", Action: "sns:Publish", Resource: "*" };
    await iam.send(
      new PutRolePolicyCommand({
        ...denied,
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
      }),
    );
    const [first, ...more] = await deliver(finding());
    await iam.send(new DeleteRolePolicyCommand(denied));
    expect(more).to.deep.equal([]);
    expect(first?.subject).to.match(
      /^\[Cordon\] URGENT 1 dead letter: cordon-triage: Execution:ECS\/MaliciousFile, severity 8/,
    );
    expect(first?.text).to.include("Given up after 5 deliveries that failed");

    // The second in a quarter of an hour has its notice at the end of it.
    expect(await deliver("no event at all")).to.deep.equal([]);
    expect(await look(14)).to.deep.equal([]);
    const [second, ...others] = await look(1);
    expect(others).to.deep.equal([]);
    expect(second?.subject).to.equal(
      "[Cordon] URGENT 1 dead letter: cordon-triage: no event at all",
    );
    expect(second?.text).to.include("no event at all. Refused: The message is not JSON");
    expect(await look(16)).to.deep.equal([]);

    const kept = (await waiting()).filter(({ id }) => !before.has(id));
    expect(kept.map(({ queue, about }) => [queue, about.split(",")[0]])).to.deep.equal([
      ["cordon-triage", "no event at all"],
      ["cordon-triage", "Execution:ECS/MaliciousFile"],
    ]);
    const { deadLetterQueueUrl } = here.organization.contract.triage;
    const { Messages = [] } = await new SQSClient(owner()).send(
      new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl }),
    );
    expect(Messages).to.deep.equal([]);

    const id = kept[1]?.id ?? "";
    const reason = "SNS works again";
    const by = `arn:aws:iam::${security.id}:user/alice`;
    const sent = await ask(await signed({ redrive: id, reason }));
    expect(sent).to.have.property("outcome", "redriven");
    const answered = await here.session.settle("test");
    expect(answered.results.map(({ outcome }) => outcome)).to.deep.equal(["notified"]);
    const again = await ask(await signed({ redrive: id, reason }));
    expect(again).to.have.property("outcome", "refused");
    expect(again)
      .to.have.property("reason")
      .that.matches(new RegExp(`^Dead letter ${id} was sent again at \\S+Z by ${by}: `));
    expect((await here.session.settle("test")).invocations).to.deep.equal([]);
    expect((await waiting()).map((each) => each.id)).not.to.include(id);
  });

  it("of the exposed-key workflow begin a run of it again, once", async () => {
    const { organization, session } = here;
    const { gateway, contract } = organization;
    const user = await seedVictim(gateway, "letter");
    const sourceArn = `${contract.hubBusArn.replace(":event-bus/", ":rule/")}/cordon-exposed-key`;
    const principal = {
      service: "events.amazonaws.com",
      sourceArn,
      sourceAccount: security.id,
    };
    const queueArn = `arn:aws:sqs:${homeRegion}:${security.id}:cordon-exposed-key-dead-letters`;
    const sender = { gateway, state: stateOf(gateway.moto) };
    const event = JSON.stringify(leaked(user));
    expect(await sendAs(sender, queueArn, principal, event)).to.equal(undefined);
    await session.settle("test");
    const letter = (await waiting()).find(({ queue }) => queue === "cordon-exposed-key");
    const order = await signed({
      redrive: letter?.id ?? "",
      reason: "its role may start it again",
    });
    expect(await ask(order)).to.have.property("outcome", "redriven");
    const { executions } = await session.settleWorkflows("test");
    expect(executions.map(({ arn }) => arn.split(":").at(-1))).to.deep.equal([letter?.id]);
    expect((await userStateOf(gateway, user)).keys[0]).to.equal("Inactive");
    expect(await ask(order)).to.have.property("outcome", "refused");
  });

  it("are sent again for nobody who cannot prove who it is", async () => {
    await deliver("another that is no event");
    const [letter] = await waiting();
    const wanted = { redrive: letter?.id ?? "", reason: "why not" };
    const forged = { ...person("alice"), secretAccessKey: "guessed" };
    const other = await signed({ ...wanted, redrive: "0".repeat(36) });
    for (const [what, request, why] of [
      ["without a proof", { wanted }, /^Not a redrive: proof: /],
      ["with a forged one", await signed(wanted, forged), /^STS did not confirm who asks: /],
      ["with one for another", { wanted, proof: other.proof }, /^STS did not confirm who asks: /],
      [
        "with no reason",
        await signed({ ...wanted, reason: "" }),
        /^The reason for the redrive must/,
      ],
      ["of no letter", other, /^There is no dead letter 0{36}$/],
    ] as const) {
      const report = await ask(request);
      expect(report, what).to.have.property("outcome", "refused");
      expect(report, what).to.have.property("reason").that.matches(why);
    }
    expect((await here.session.settle("test")).invocations).to.deep.equal([]);
  });
});
