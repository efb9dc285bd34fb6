/**
 * Shows an instance on its way out of an Auto Scaling group or a target group for some reads, as AWS
 * does for up to minutes. The emulator has it out at once. Seeds, who look at how things end, do not
 * see it.
 */
import type { Caller } from "../iam/caller";
import { type Answer, type ApiCall, escapeXml, list, member, text } from "../wire/protocol";
import type { Place } from "../world";

interface Leaving {
  readonly instance: string;
  /** Account, region and group: where a read has to look. */
  readonly from: string;
  readonly xml: string;
  reads: number;
}

const reads = 2;

const collections: Readonly<Record<string, string>> = {
  DescribeAutoScalingInstances: "AutoScalingInstances",
  DescribeTargetHealth: "TargetHealthDescriptions",
};

export class Transitions {
  #leaving: Leaving[] = [];

  /** Takes note of a change that has been made. */
  observe(call: ApiCall, place: Place): void {
    const { operation, parameters } = call;
    const from = fromOf(call, place);
    const instances = list<string>(parameters.InstanceIds);
    const targets = list(parameters.Targets);
    const back = operation === "AttachInstances" ? instances : targets.map(idOf);
    if (operation === "DetachInstances") {
      const group = text(parameters.AutoScalingGroupName) ?? "";
      for (const instance of instances) this.#leaves(from, instance, detaching(instance, group));
    } else if (operation === "DeregisterTargets") {
      for (const target of targets) {
        this.#leaves(from, idOf(target), draining(target));
      }
    } else if (operation === "AttachInstances" || operation === "RegisterTargets") {
      this.#leaving = this.#leaving.filter(
        (each) => each.from !== from || !back.includes(each.instance),
      );
    }
  }

  /** Adds to a list what is on its way out. */
  shownIn(call: ApiCall, place: Place, caller: Caller, answer: Answer): Answer {
    const collection = collections[call.operation];
    if (!collection || answer.status >= 300 || caller.origin === "seed") return answer;
    const from = fromOf(call, place);
    const asked = list<string>(call.parameters.InstanceIds);
    const shown = this.#leaving.filter(
      (each) => each.from === from && (asked.length === 0 || asked.includes(each.instance)),
    );
    for (const each of shown) each.reads -= 1;
    this.#leaving = this.#leaving.filter((each) => each.reads > 0);
    const xml = shown.map((each) => each.xml).join("");
    const body = String(answer.body)
      .replace(new RegExp(`<${collection} ?/>`), `<${collection}></${collection}>`)
      .replace(`</${collection}>`, `${xml}</${collection}>`);
    return { ...answer, body };
  }

  #leaves(from: string, instance: string, xml: string): void {
    this.#leaving.push({ from, instance, xml, reads });
  }
}

function idOf(target: unknown): string {
  return text(member(target, "Id")) ?? "";
}

// A target group has a name of its own; instances are listed whatever their group.
function fromOf({ service, parameters }: ApiCall, { account, region }: Place): string {
  return `${service} ${account} ${region} ${text(parameters.TargetGroupArn) ?? ""}`;
}

function detaching(instance: string, group: string): string {
  return [
    `<member><InstanceId>${escapeXml(instance)}</InstanceId>`,
    `<AutoScalingGroupName>${escapeXml(group)}</AutoScalingGroupName>`,
    "<LifecycleState>Detaching</LifecycleState><HealthStatus>HEALTHY</HealthStatus>",
    "<ProtectedFromScaleIn>false</ProtectedFromScaleIn></member>",
  ].join("");
}

function draining(target: unknown): string {
  const port = text(member(target, "Port"));
  return [
    `<member><Target><Id>${escapeXml(idOf(target))}</Id>`,
    port === undefined ? "" : `<Port>${escapeXml(port)}</Port>`,
    "</Target><TargetHealth><State>draining</State>",
    "<Reason>Target.DeregistrationInProgress</Reason></TargetHealth></member>",
  ].join("");
}
