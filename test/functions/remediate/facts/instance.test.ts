import { EventEmitter, once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import { instanceFacts } from "../../../../functions/remediate/facts/instance";
import { AwsError } from "../../../support/aws-error";
import * as builders from "../../../support/builders";
import { MemoryAccount } from "../../../support/memory-account";

const read = (account: MemoryAccount, waiting = builders.patient) =>
  instanceFacts.read(builders.incident() as never, account, waiting);

/** An account with forty more target groups, of which the Auto Scaling group registers the last. */
function fortyTargetGroups() {
  const state = builders.standardAccount();
  const targets = [{ instance: builders.instanceId, port: 80 }];
  for (let number = 10; number < 50; number++) {
    state.targetGroups[`${builders.targetGroupArn}${number}`] = { vpc: "vpc-01", targets };
  }
  const [own] = Object.values(state.scalingGroups);
  if (own) own.targetGroups = [`${builders.targetGroupArn}49`];
  return state;
}

describe("the facts of an instance [R1]", () => {
  it("asks at most five target groups at a time, and finds the instance in each", async () => {
    let [asking, most] = [0, 0];
    const account = new MemoryAccount(fortyTargetGroups(), [], async ({ method }, effect) => {
      if (method !== "balancing.registration") return effect();
      asking += 1;
      most = Math.max(most, asking);
      await turn();
      asking -= 1;
      return effect();
    });
    const facts = await read(account);
    expect(most).to.equal(5);
    expect(facts.targets.filter(({ port }) => port === 80)).to.have.lengthOf.at.least(40);
    expect(facts.unread).to.deep.equal([]);
  });

  it("ends fifty registrations at most, of used groups first: whoever adds a thousand makes no plan too large", async () => {
    const state = builders.standardAccount();
    const [used = ""] = Object.keys(state.targetGroups);
    const ports = Array.from({ length: 1_000 }, (_, port) => 1_000 + port);
    state.targetGroups[`${used}9`] = {
      ...structuredClone(state.targetGroups[used]!),
      unused: true,
      targets: ports.map((port) => ({ instance: builders.instanceId, port })),
    };
    const facts = await read(new MemoryAccount(state, []));
    expect(facts.targets).to.have.lengthOf(50);
    expect(facts.targets[0]).to.deep.equal({ arn: used, port: 8080 });
    expect(facts.unread).to.deep.equal([
      { what: "registrations", why: "951 of 1001 are left as they are", refused: true },
    ]);
  });

  it("asks the target groups of the instance's Auto Scaling group first", async () => {
    const asked: unknown[] = [];
    const account = new MemoryAccount(fortyTargetGroups(), [], async ({ method, args }, effect) => {
      if (method === "balancing.registration") asked.push(args[0]);
      return effect();
    });
    await read(account);
    expect(asked[0]).to.equal(`${builders.targetGroupArn}49`);
  });

  it("asks those that a load balancer uses before all others", async () => {
    const asked: unknown[] = [];
    const state = fortyTargetGroups();
    for (const [arn, group] of Object.entries(state.targetGroups)) {
      if (!["10", "49"].some((number) => arn.endsWith(number))) group.unused = true;
    }
    const account = new MemoryAccount(state, [], async ({ method, args }, effect) => {
      if (method === "balancing.registration") asked.push(args[0]);
      return effect();
    });
    const { targets } = await read(account);
    expect(asked.slice(0, 2)).to.deep.equal([
      `${builders.targetGroupArn}49`,
      `${builders.targetGroupArn}10`,
    ]);
    expect(asked).to.have.lengthOf(41);
    expect(targets).to.have.lengthOf(41);
  });

  it("goes on when the time is over, with the target groups that were read until then", async () => {
    let asked = 0;
    const time = new EventEmitter();
    const waiting = { ...builders.patient, sleep: async () => void (await once(time, "over")) };
    const account = new MemoryAccount(fortyTargetGroups(), [], async ({ method }, effect) => {
      if (method !== "balancing.registration") return effect();
      asked += 1;
      if (asked > 10) {
        time.emit("over");
        return new Promise(() => undefined);
      }
      return effect();
    });
    const facts = await read(account, waiting);
    expect(asked).to.equal(15);
    expect(facts.targets).to.have.lengthOf.at.least(10);
    expect(facts.unread).to.deep.equal([
      { what: "targetGroups", why: "31 of 41, NoAnswer: no answer within 15 seconds" },
    ]);
  });

  for (const [method, unread] of [
    [
      "compute.attribute",
      ["disableApiTermination", "disableApiStop", "instanceInitiatedShutdownBehavior"],
    ],
    ["scaling.groupOf", ["autoScalingGroup"]],
    ["balancing.targetGroups", ["targetGroups"]],
    ["balancing.classicLoadBalancersOf", ["loadBalancers"]],
  ] as const) {
    it(`does not need ${method}: what it would have told is listed as unread`, async () => {
      const account = new MemoryAccount(builders.standardAccount(), [], async (call, effect) => {
        if (call.method === method) throw new AwsError("RequestLimitExceeded", "Too many.");
        return effect();
      });
      const facts = await read(account);
      expect(facts.interfaces).to.have.lengthOf.at.least(1);
      expect(facts.unread).to.deep.equal(
        unread.map((what) => ({ what, why: "RequestLimitExceeded: Too many." })),
      );
    });
  }

  it("does not need the role: IAM answers from one region, which may be down", async () => {
    const account = new MemoryAccount(builders.standardAccount(), [], async (call, effect) => {
      if (call.method === "identity.roleOfProfile") throw new AwsError("ServiceFailure", "no");
      return effect();
    });
    const { interfaces, role, roleUnread } = await read(account);
    expect(interfaces).to.have.lengthOf(2);
    expect([role, roleUnread]).to.deep.equal([undefined, "ServiceFailure: no"]);
  });

  for (const method of [
    "compute.instance",
    "network.interfacesOf",
    "network.groupsNamed",
    "network.ssmEndpoints",
  ]) {
    it(`needs ${method}`, async () => {
      const account = new MemoryAccount(builders.standardAccount(), [], async (call, effect) => {
        if (call.method === method) throw new AwsError("RequestLimitExceeded", "Too many.");
        return effect();
      });
      const error = await read(account).catch((e: Error) => e);
      expect(error).to.include({ name: "RequestLimitExceeded" });
    });
  }
});
