/**
 * Stands in for EventBridge's delivery: takes an event where an AWS service would put it and
 * follows the deployed rules, targets, roles and bus policies across accounts and regions.
 *
 * The emulator keeps buses, rules and targets, but does not deliver as AWS does: it fires disabled
 * rules, rewrites account and region, and asks no policy. Known targets are event buses, standard
 * SQS queues, state machines and Lambda functions; any other target or target option fails by name.
 * Retries are left out: what EventBridge would retry for 24 hours is refused at once. There is no
 * clock: fireSchedule() runs a scheduled rule.
 */
import { matches } from "../../../functions/catalogue/event-pattern";
import { type State, stateOf } from "../../gateway/emulator/moto";
import type { Gateway } from "../../gateway/gateway";
import { fromArn } from "../../gateway/wire/arn";
import { type EventBridgeEvent, inEnvelope } from "../../gateway/wire/event";
import type { Place } from "../../gateway/world";
import {
  check,
  invokeFunction,
  isBus,
  isFunction,
  isStateMachine,
  keep,
  type Route,
  refusedByBus,
  sendToQueue,
  startExecution,
  type Target,
} from "./targets";

export type { EventBridgeEvent } from "../../gateway/wire/event";

/** What became of one matching rule's target. Bus, rule and target are ARNs. */
export interface Delivery {
  readonly bus: string;
  readonly rule: string;
  readonly target: string;
  readonly delivered: boolean;
  /** Why it was not delivered, and what the dead-letter queue made of it. */
  readonly why?: string;
}

/**
 * Emits an event as an AWS service would onto the default bus of an account and region, then
 * follows rules and targets across buses. Refused deliveries are returned with their reason; an
 * event that PutEvents would not take, and anything this stand-in does not know, throws.
 */
export async function emit(
  gateway: Gateway,
  at: Place,
  event: EventBridgeEvent,
): Promise<Delivery[]> {
  for (const key of ["source", "detail-type"] as const) {
    if (typeof event[key] !== "string" || event[key] === "")
      throw new Error(`An event needs a ${key}, but ${JSON.stringify(event[key])} was provided`);
  }
  if (typeof event.detail !== "object" || event.detail === null || Array.isArray(event.detail))
    throw new Error(`An event's detail must be an object: ${JSON.stringify(event.detail)}`);
  const bus = `arn:aws:events:${at.region}:${at.account}:event-bus/default`;
  return follow(gateway, bus, inEnvelope(at, event), false);
}

/**
 * Fires a scheduled rule, as its clock would, and delivers the event to its targets. Throws when the
 * default bus has no such rule, or when it is disabled or has no schedule.
 */
export async function fireSchedule(
  gateway: Gateway,
  at: Place,
  ruleName: string,
): Promise<Delivery[]> {
  const state = stateOf(gateway.moto);
  // Only default buses have schedules.
  const bus = `arn:aws:events:${at.region}:${at.account}:event-bus/default`;
  const request = { EventBusName: "default", NamePrefix: ruleName };
  const rules = await listAll<Rule>(state, at, "Rules", "ListRules", request);
  const rule = rules.find(({ Name }) => Name === ruleName);
  if (!rule) throw new Error(`${bus} has no rule ${ruleName}`);
  if (!rule.ScheduleExpression) throw new Error(`${rule.Arn} has no schedule`);
  if (rule.State !== "ENABLED") throw new Error(`${rule.Arn} is ${rule.State}`);
  const event = inEnvelope(at, {
    source: "aws.events",
    "detail-type": "Scheduled Event",
    resources: [rule.Arn],
    detail: {},
  });
  const routes = await routesOf(gateway, bus, [rule], event, false);
  return (await Promise.all(routes.map(carry))).flat();
}

interface Hop extends Route {
  /** ARN of the event's bus. */
  readonly bus: string;
  /** The event came from another bus. */
  readonly received: boolean;
}

/** Delivers an event on a bus to the targets of every enabled rule that matches it. */
async function follow(
  gateway: Gateway,
  bus: string,
  event: EventBridgeEvent,
  received: boolean,
): Promise<Delivery[]> {
  const state = stateOf(gateway.moto);
  const { at, name } = placeOf(bus);
  const rules = await listAll<Rule>(state, at, "Rules", "ListRules", { EventBusName: name });
  const admitting = rules.filter((candidate) => admits(candidate, event));
  const routes = await routesOf(gateway, bus, admitting, event, received);
  return (await Promise.all(routes.map(carry))).flat();
}

function placeOf(bus: string): { readonly at: Place; readonly name: string } {
  const { account, region, resource } = fromArn(bus);
  return { at: { account, region }, name: resource.replace(/^event-bus\//, "") };
}

/** Lists the ways from a bus to the targets of its rules. */
async function routesOf(
  gateway: Gateway,
  bus: string,
  rules: readonly Rule[],
  event: EventBridgeEvent,
  received: boolean,
): Promise<Hop[]> {
  const state = stateOf(gateway.moto);
  const { at, name } = placeOf(bus);
  const routes: Hop[] = [];
  for (const rule of rules) {
    const request = { EventBusName: name, Rule: rule.Name };
    const targets = await listAll<Target>(state, at, "Targets", "ListTargetsByRule", request);
    for (const target of targets) {
      // Every target is checked before the first delivery: a run that throws delivers nothing.
      check(rule.Arn, target);
      routes.push({ gateway, state, bus, rule: rule.Arn, target, event, received });
    }
  }
  return routes;
}

interface Rule {
  readonly Name: string;
  readonly Arn: string;
  readonly State: string;
  readonly EventPattern?: string;
  readonly ScheduleExpression?: string;
}

function admits({ Arn, State: state, EventPattern }: Rule, event: EventBridgeEvent): boolean {
  if (state === "DISABLED" || EventPattern === undefined) return false;
  if (state !== "ENABLED") throw new Error(`The state ${state} of ${Arn} is not known here`);
  try {
    return matches(JSON.parse(EventPattern) as object, event);
  } catch (cause) {
    throw new Error(`${Arn}: ${(cause as Error).message}`, { cause });
  }
}

async function listAll<T>(
  state: State,
  at: Place,
  key: string,
  operation: string,
  request: object,
): Promise<T[]> {
  const all: T[] = [];
  let token: unknown;
  do {
    const page = await state.json(at, "events", `AWSEvents.${operation}`, {
      ...request,
      ...(token !== undefined && { NextToken: token }),
    });
    all.push(...((page[key] ?? []) as T[]));
    token = page.NextToken ?? undefined;
  } while (token !== undefined);
  return all;
}

/** Delivers to one target; from a bus the event is followed further. */
async function carry(route: Hop): Promise<Delivery[]> {
  const { gateway, bus, rule, target, event, received } = route;
  const own = { bus, rule, target: target.Arn };
  if (isBus(target.Arn) && received) {
    const why = "EventBridge does not route an event received from another bus to a third bus";
    return [{ ...own, delivered: false, why }];
  }
  const why = await deliver(route);
  if (why !== undefined) {
    return [{ ...own, delivered: false, why: `${why}${await keep(route, why)}` }];
  }
  const onward = isBus(target.Arn) ? await follow(gateway, target.Arn, event, true) : [];
  return [{ ...own, delivered: true }, ...onward];
}

/** Hands the event to the target; gives the reason if EventBridge could not. */
function deliver(route: Hop): Promise<string | undefined> {
  const { Arn } = route.target;
  if (isBus(Arn)) return refusedByBus(route);
  if (isStateMachine(Arn)) return startExecution(route);
  if (isFunction(Arn)) return invokeFunction(route);
  return sendToQueue(route, Arn);
}
