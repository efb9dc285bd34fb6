/** Delivers to one target as EventBridge may: with the target's role, or as the service itself. */
import { randomUUID } from "node:crypto";
import type { State } from "../../gateway/emulator/moto";
import type { Gateway } from "../../gateway/gateway";
import type { Caller } from "../../gateway/iam/caller";
import { absence, refused, sendAs } from "../../gateway/iam/send-as";
import { fromArn } from "../../gateway/wire/arn";
import type { EventBridgeEvent } from "../../gateway/wire/event";
import { member, text } from "../../gateway/wire/protocol";

/** A rule's target, as ListTargetsByRule gives it. */
export interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** A target of a matching rule, with what it takes to deliver to it. */
export interface Route {
  readonly gateway: Gateway;
  readonly state: State;
  /** ARN of the rule. */
  readonly rule: string;
  readonly target: Target;
  readonly event: EventBridgeEvent;
}

const service = "events.amazonaws.com";

const knownOptions = new Set(["Id", "Arn", "RoleArn", "DeadLetterConfig", "RetryPolicy"]);

/** Throws, by name, on a target or an option of it that is not known here. */
export function check(rule: string, target: Target): void {
  const option = Object.keys(target).find((key) => !knownOptions.has(key));
  if (option) throw new Error(`${option} of target ${target.Id} of ${rule} is not known here`);
  if (![isBus, isQueue, isStateMachine, isFunction].some((known) => known(target.Arn))) {
    throw new Error(
      `Target ${target.Arn} of ${rule} is not known here: only event buses, standard SQS queues, state machines and Lambda functions, without version or alias`,
    );
  }
  if (isFunction(target.Arn) && target.RoleArn !== undefined) {
    throw new Error(`RoleArn of target ${target.Id} of ${rule}, a function, is not known here`);
  }
}

export function isBus(arn: string): boolean {
  const { service: name, resource } = fromArn(arn);
  return name === "events" && resource.startsWith("event-bus/");
}

function isQueue(arn: string): boolean {
  return fromArn(arn).service === "sqs" && !arn.endsWith(".fifo");
}

export function isStateMachine(arn: string): boolean {
  const { service: name, resource } = fromArn(arn);
  return name === "states" && /^stateMachine:[^:/]+$/.test(resource);
}

export function isFunction(arn: string): boolean {
  const { service: name, resource } = fromArn(arn);
  return name === "lambda" && /^function:[^:]+$/.test(resource);
}

/** Asks whether the target's role may put this event on the bus; gives the reason if not. */
export async function refusedByBus({ gateway, state, rule, target, event }: Route) {
  const { account, region, resource } = fromArn(target.Arn);
  const name = resource.replace(/^event-bus\//, "");
  const missing = await state
    .json({ account, region }, "events", "AWSEvents.DescribeEventBus", { Name: name })
    .then(() => undefined, absence(`The event bus ${target.Arn} does not exist`));
  if (missing) return missing;
  if (target.RoleArn === undefined) return `Target ${target.Id} has no role, which a bus needs`;
  const caller = await assume(gateway, state, rule, target.RoleArn);
  if (typeof caller === "string") return caller;
  return refused(gateway, {
    principal: caller,
    action: "events:PutEvents",
    resource: target.Arn,
    resourceAccount: account,
    region,
    // Lists, for one PutEvents may carry several events.
    context: { "events:source": [event.source], "events:detail-type": [event["detail-type"]] },
  });
}

/**
 * Makes the session EventBridge opens for a target; gives the reason if the role refuses. The
 * trust policy may name the rule by aws:SourceArn, as AWS advises.
 */
async function assume(
  gateway: Gateway,
  state: State,
  rule: string,
  roleArn: string,
): Promise<Caller | string> {
  const { account, resource } = fromArn(roleArn);
  const sourceAccount = fromArn(rule).account;
  // EventBridge takes no role of another account: PutTargets refuses to pass one.
  if (account !== sourceAccount) return `The role ${roleArn} is not of the rule's account`;
  const roleName = resource.split("/").at(-1) as string;
  const answer = await state
    .query({ account, region: "us-east-1" }, "iam", "GetRole", { RoleName: roleName })
    .catch(absence(`The role ${roleArn} does not exist`));
  if (typeof answer === "string") return answer;
  const sessionName = randomUUID().replaceAll("-", "");
  const why = await refused(gateway, {
    principal: { service, sourceArn: rule, sourceAccount },
    action: "sts:AssumeRole",
    resource: roleArn,
    resourceAccount: account,
    region: "us-east-1",
    context: { "sts:RoleSessionName": sessionName },
  });
  if (why !== undefined) return why;
  const role = member(member(answer, "GetRoleResult"), "Role");
  return {
    accessKeyId: "",
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`,
    roleArn,
    sessionName,
    origin: "service",
    context: {
      "aws:PrincipalType": "AssumedRole",
      "aws:userid": `${text(member(role, "RoleId"))}:${sessionName}`,
      "aws:TokenIssueTime": new Date().toISOString(),
    },
  };
}

/** Starts an execution with the event as its input; gives the reason if EventBridge could not. */
export async function startExecution(route: Route): Promise<string | undefined> {
  const { gateway, state, rule, target, event } = route;
  const source = fromArn(rule);
  const { account, region } = fromArn(target.Arn);
  if (account !== source.account || region !== source.region)
    return `The state machine ${target.Arn} is not in the rule's account and region`;
  if (target.RoleArn === undefined)
    return `Target ${target.Id} has no role, which a state machine needs`;
  const caller = await assume(gateway, state, rule, target.RoleArn);
  if (typeof caller === "string") return caller;
  const why = await refused(gateway, {
    principal: caller,
    action: "states:StartExecution",
    resource: target.Arn,
    resourceAccount: account,
    region,
  });
  if (why !== undefined) return why;
  // EventBridge gives every execution a name of its own: a second delivery starts a second one.
  const request = {
    stateMachineArn: target.Arn,
    name: `${randomUUID()}_${randomUUID()}`,
    input: JSON.stringify(event),
  };
  return state
    .json({ account, region }, "states", "AWSStepFunctions.StartExecution", request)
    .then(() => undefined, absence(`The state machine ${target.Arn} does not exist`));
}

/**
 * Invokes a function with the event, as EventBridge itself, if the function's policy lets the rule.
 * Lambda takes the event and runs later: what becomes of it is in the runtime's `called`. It is not
 * retried.
 */
export async function invokeFunction(route: Route): Promise<string | undefined> {
  const { gateway, rule, target, event } = route;
  const { account, region } = fromArn(rule);
  const place = fromArn(target.Arn);
  if (place.account !== account || place.region !== region)
    return `The function ${target.Arn} is not in the rule's account and region`;
  const fn = gateway.lambda.functions.get(target.Arn);
  if (!fn) return `The function ${target.Arn} does not exist`;
  const principal = { service, sourceArn: rule, sourceAccount: account };
  const why = await refused(gateway, {
    principal,
    action: "lambda:InvokeFunction",
    resource: target.Arn,
    resourceAccount: account,
    region,
  });
  if (why !== undefined) return why;
  const { onInvoke } = gateway.lambda;
  if (!onInvoke) throw new Error(`No Lambda service runs that could invoke ${target.Arn}`);
  const caller: Caller = {
    accessKeyId: "",
    account,
    arn: service,
    origin: "service",
    context: {},
  };
  void onInvoke(fn, JSON.stringify(event), caller).catch(() => undefined);
  return undefined;
}

/** Sends the event to a target's queue; gives the reason if EventBridge could not. */
export async function sendToQueue(route: Route, queue: string): Promise<string | undefined> {
  const { gateway, state, rule, target, event } = route;
  const source = fromArn(rule);
  const { account, region } = fromArn(queue);
  if (region !== source.region) return `The queue ${queue} is not in the rule's region`;
  // Without a role EventBridge speaks as itself, and only to queues of the rule's account.
  if (account !== source.account && target.RoleArn === undefined)
    return `Target ${target.Id} has no role, which a queue of another account needs`;
  const principal =
    target.RoleArn === undefined
      ? { service, sourceArn: rule, sourceAccount: source.account }
      : await assume(gateway, state, rule, target.RoleArn);
  if (typeof principal === "string") return principal;
  return sendAs(route, queue, principal, JSON.stringify(event));
}

/** Puts a refused event into the target's dead-letter queue, if it has one; returns the outcome. */
export async function keep(route: Route, why: string): Promise<string> {
  const { rule, target, event } = route;
  const queue = target.DeadLetterConfig?.Arn;
  if (queue === undefined) return "; no dead-letter queue, the event is lost";
  const { account, region } = fromArn(rule);
  const principal = { service, sourceArn: rule, sourceAccount: account };
  const refusal =
    fromArn(queue).region !== region
      ? `The queue ${queue} is not in the rule's region`
      : await sendAs(route, queue, principal, JSON.stringify(event), {
          RULE_ARN: rule,
          TARGET_ARN: target.Arn,
          ERROR_MESSAGE: why,
        });
  return refusal === undefined
    ? `; kept in ${queue}`
    : `; the dead-letter queue refused it, the event is lost: ${refusal}`;
}
