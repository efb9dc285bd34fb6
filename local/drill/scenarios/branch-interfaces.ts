/** Scenario: nodes whose pods and tasks have interfaces that are attached to no instance. */
import { homeRegion, members } from "../../gateway/accounts";
import type { Gateway } from "../../gateway/gateway";
import { instanceFinding } from "../../samples/guardduty";
import { type SeededInstance, seedInstance, seedVpc, type Vpc } from "../../seeds/networks";
import { seedBranch, seedInterface, seedTrunk } from "../../seeds/nodes";
import { readInstance } from "../instance-state";
import type { DrillSession, Injected } from "../session";
import { notices, subjects } from "./credential-checks";
import { isDryRun, release, type Scenario } from "./scenario";

const [production] = members as [(typeof members)[number]];
const name = "branch-interfaces";

interface Seeded {
  readonly vpc: Vpc;
  /** With the trunk and the branch interfaces of its pods. */
  readonly node: SeededInstance;
  readonly trunk: string;
  /** Of a pod of another node, and one that only bears the tag of a branch. */
  readonly strangers: readonly string[];
  readonly container: SeededInstance;
}

export const branchInterfaces: Scenario = {
  name,
  title: "Nodes of EKS and ECS: the interfaces of pods are isolated, those of tasks are named",
  async seed({ organization: { gateway } }): Promise<Seeded> {
    const site = { account: production.id, region: homeRegion };
    const groups = ["node", "pod", "task"];
    const vpc = await seedVpc(gateway, site, { groups, ssmEndpoints: true });
    const instance = (tags: Readonly<Record<string, string>>) =>
      seedInstance(gateway, vpc, { interfaces: [["node"]], volumes: 1, tags });
    const [node, other, container] = [
      await instance({ "eks:cluster-name": "shop" }),
      await instance({ "eks:cluster-name": "shop" }),
      await instance({ "aws:ecs:clusterName": "checkout" }),
    ];
    const trunk = await seedTrunk(gateway, vpc, node, "eks", "node");
    const otherTrunk = await seedTrunk(gateway, vpc, other, "eks", "node");
    const pods = [
      await seedBranch(gateway, vpc, trunk, "pod"),
      await seedBranch(gateway, vpc, trunk, "pod"),
    ];
    const strangers = [
      await seedBranch(gateway, vpc, otherTrunk, "pod"),
      await seedInterface(gateway, vpc, {
        group: "pod",
        tags: { "vpcresources.k8s.aws/trunk-eni-id": trunk },
      }),
    ];
    const ecsTrunk = await seedTrunk(gateway, vpc, container, "ecs", "task");
    return {
      vpc,
      node: withInterfaces(node, trunk, ...pods),
      trunk,
      strangers,
      container: withInterfaces(container, ecsTrunk),
    };
  },
  async run(session, seeded) {
    if (isDryRun(session)) return;
    await eks(session, seeded as Seeded);
    await ecs(session, seeded as Seeded);
  },
};

/** Isolates a node on which a pod starts, and to which an interface is attached, meanwhile. */
async function eks(session: DrillSession, { vpc, node, trunk, strangers }: Seeded): Promise<void> {
  const { organization } = session;
  const { gateway } = organization;
  const of = async (instance: SeededInstance) => (await readInstance(gateway, instance)).state;
  const others = { ...node, interfaces: strangers };
  const before = await of(node);
  const network = async () => {
    const { groups, interfaceTags } = await of(others);
    return JSON.stringify([groups, interfaceTags]);
  };
  const strangersBefore = await network();

  const late = onceAnswered(gateway, "ec2:CreateSnapshots", async () => [
    await seedBranch(gateway, vpc, trunk, "pod"),
    await seedInterface(gateway, vpc, { group: "node" }, node),
  ]);
  const finding = instanceFinding({ ...node, instance: node.id });
  const first = await session.inject(finding, `scenario ${name}, a node of EKS`);
  const whole = withInterfaces(node, ...(await late));
  const incident = incidentOf(first, "contained");
  session.check("the finding is answered with containment", incident !== undefined);
  if (incident === undefined) return;
  const quarantine =
    organization.contract.quarantineGroups[`${vpc.account}/${vpc.region}/${vpc.id}`];
  const isQuarantined = async (instance: SeededInstance) => {
    const { groups } = await of(instance);
    return instance.interfaces.every((id) => groups[id]?.join() === quarantine);
  };
  session.check(
    "every interface of the node and of its pods is in quarantine",
    node.interfaces.length === 4 && (await isQuarantined(node)),
  );
  session.check(
    "the subject says isolated, and the notice how to take the node out of its cluster",
    subjects(first).some((each) => each.startsWith(`[Cordon] Isolated: ${node.id}`)) &&
      notices(first).some((each) => each.includes("aws eks update-kubeconfig --name=shop")),
  );
  const lateBefore = (await of(whole)).groups;
  session.check(
    "a pod's interface and an attached one came after the plan was made",
    whole.interfaces.length === 6 && !(await isQuarantined(whole)),
  );

  await organization.pass(10);
  const look = await session.settle(`scenario ${name}, 10 seconds later`);
  session.check(
    "10 seconds later the interfaces are listed again, and the late ones isolated, too",
    incidentOf(look, "contained") === incident && (await isQuarantined(whole)),
  );
  session.check(
    "an urgent notice names the late ones",
    subjects(look).some((each) => each.startsWith("[Cordon] URGENT Isolated again: ")) &&
      whole.interfaces
        .slice(node.interfaces.length)
        .every((id) => notices(look).some((each) => each.includes(`${id}: `))),
  );
  session.check(
    "the pod of another node, and an interface that only bears the tag, are left alone",
    (await network()) === strangersBefore,
  );

  const report = await release(session, incident);
  session.check("one command releases the node", report.outcome === "released");
  const after = await of(whole);
  session.check(
    "every interface has its groups and tags from before",
    node.interfaces.every(
      (id) =>
        after.groups[id]?.join() === before.groups[id]?.join() &&
        JSON.stringify(after.interfaceTags[id]) === JSON.stringify(before.interfaceTags[id]),
    ) &&
      whole.interfaces
        .slice(node.interfaces.length)
        .every((id) => after.groups[id]?.join() === lateBefore[id]?.join()),
  );
}

/** Isolates a container instance, of whose tasks' interfaces ECS lets nobody see or change any. */
async function ecs(session: DrillSession, { container }: Seeded): Promise<void> {
  const { gateway } = session.organization;
  const groups = async () => (await readInstance(gateway, container)).state.groups;
  const before = await groups();
  const [own = "", trunk = ""] = container.interfaces;
  const finding = instanceFinding({ ...container, instance: container.id });
  const injected = await session.inject(finding, `scenario ${name}, a node of ECS`);
  const incident = incidentOf(injected, "contained-in-part");
  session.check("a container instance is contained in part", incident !== undefined);
  if (incident === undefined) return;
  const during = await groups();
  session.check(
    "its own interface is moved, and the trunk that ECS manages keeps its groups",
    during[own]?.join() !== before[own]?.join() && during[trunk]?.join() === before[trunk]?.join(),
  );
  const text = notices(injected).find((each) => each.includes(incident)) ?? "";
  session.check(
    "the subject says isolated in part, and the notice which interfaces stay open",
    subjects(injected).some((each) =>
      each.startsWith(`[Cordon] URGENT Isolated in part: ${container.id}`),
    ) &&
      text.includes(`${trunk} keeps its security groups: AWS manages it and refuses changes.`) &&
      text.includes(`Task interfaces on trunk ${trunk} keep their security groups`),
  );
  session.check(
    "it gives the command that stops the tasks",
    text.includes("--cluster=checkout --container-instances ARN --status DRAINING"),
  );
  const report = await release(session, incident);
  session.check(
    "one command releases the container instance",
    report.outcome === "released" && JSON.stringify(await groups()) === JSON.stringify(before),
  );
}

function withInterfaces(instance: SeededInstance, ...more: readonly string[]): SeededInstance {
  return { ...instance, interfaces: [...instance.interfaces, ...more] };
}

function incidentOf({ results }: Injected, outcome: string): string | undefined {
  return results.find((each) => each.outcome === outcome)?.incident ?? undefined;
}

/** Does something once, as soon as a call of Cordon's is answered. */
function onceAnswered<T>(gateway: Gateway, action: string, act: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    gateway.onAnswer = (_call, entry) => {
      if (entry.action !== action) return;
      delete gateway.onAnswer;
      act().then(resolve, reject);
    };
  });
}
