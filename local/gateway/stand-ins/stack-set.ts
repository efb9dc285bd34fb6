/**
 * One stack set: what it says should stand, the stacks it has in accounts and regions, and its
 * operations, which go one behind the other.
 */
import { randomUUID } from "node:crypto";
import { ApiError } from "../wire/protocol";
import { Stack } from "./stack";
import { carryOut, type OperationPreferences, type OperationResult } from "./stack-operation";
import type { StackSessions } from "./stack-session";
import type { Definition } from "./stack-set-requests";

export interface StackInstance {
  readonly account: string;
  readonly region: string;
  /** The unit or root by which the account was targeted. */
  readonly target: string;
  readonly stack: Stack;
  readonly stackId: string;
  status: "CURRENT" | "OUTDATED" | "INOPERABLE";
  detailed: "PENDING" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED" | "INOPERABLE";
  reason?: string;
  lastOperation?: string;
}

export interface Operation {
  readonly id: string;
  readonly action: "CREATE" | "UPDATE" | "DELETE";
  readonly created: Date;
  /** Ends with the operation, and never fails. */
  readonly done: Promise<void>;
  status: "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED";
  ended?: Date;
  results: readonly OperationResult[];
}

const namedIam = "CAPABILITY_NAMED_IAM";

export class StackSet {
  /** Name and UUID, as StackSetId has them. */
  readonly id: string;
  readonly operations = new Map<string, Operation>();
  readonly #instances = new Map<string, StackInstance>();
  readonly #targets = new Map<string, Set<string>>();

  constructor(
    readonly name: string,
    readonly region: string,
    public definition: Definition,
    private readonly sessions: StackSessions,
  ) {
    this.id = `${name}:${randomUUID()}`;
  }

  get instances(): readonly StackInstance[] {
    return [...this.#instances.values()];
  }

  /** Regions by the unit or root they were asked for: what automatic deployment follows. */
  get targets(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#targets;
  }

  /** Notes that the accounts of a unit are to have stacks in these regions, those that join too. */
  target(unit: string, regions: readonly string[]): void {
    this.#targets.set(unit, new Set([...(this.#targets.get(unit) ?? []), ...regions]));
  }

  /** Notes that they are no longer. */
  untarget(unit: string, regions: readonly string[]): void {
    const left = [...(this.#targets.get(unit) ?? [])].filter((region) => !regions.includes(region));
    if (left.length === 0) this.#targets.delete(unit);
    else this.#targets.set(unit, new Set(left));
  }

  /** Finds the instance of an account and region; undefined where none was ever noted. */
  instance(account: string, region: string): StackInstance | undefined {
    return this.#instances.get(`${account}/${region}`);
  }

  /** Finds the instance of an account and region, or notes one that is yet to be deployed. */
  instanceAt({
    account,
    region,
    target,
  }: Pick<StackInstance, "account" | "region" | "target">): StackInstance {
    const known = this.instance(account, region);
    if (known) return known;
    const name = `StackSet-${this.name}-${randomUUID()}`;
    const instance: StackInstance = {
      account,
      region,
      target,
      stack: new Stack(),
      stackId: `arn:aws:cloudformation:${region}:${account}:stack/${name}/${randomUUID()}`,
      status: "OUTDATED",
      detailed: "PENDING",
    };
    this.#instances.set(`${account}/${region}`, instance);
    return instance;
  }

  /** Brings instances to the definition. */
  deploy(
    action: "CREATE" | "UPDATE",
    instances: readonly StackInstance[],
    preferences: OperationPreferences,
    id?: string,
  ): Operation {
    return this.#start(action, instances, preferences, id, async (instance, operation) => {
      const { template, capabilities } = this.definition;
      if (template.some(({ type }) => type.startsWith("AWS::IAM::")) && !capabilities.has(namedIam))
        throw new Error(`Requires capabilities : [${namedIam}]`);
      await instance.stack.deploy(template, await this.#site(instance, operation));
      instance.status = "CURRENT";
    });
  }

  /** Deletes instances, and their stacks unless those are retained. */
  remove(
    instances: readonly StackInstance[],
    preferences: OperationPreferences,
    retain: boolean,
    id?: string,
  ): Operation {
    return this.#start("DELETE", instances, preferences, id, async (instance, operation) => {
      try {
        if (!retain) await instance.stack.delete(await this.#site(instance, operation));
      } catch (error) {
        instance.status = "INOPERABLE";
        throw error;
      }
      this.#instances.delete(`${instance.account}/${instance.region}`);
    });
  }

  /** Without managed execution a stack set takes one operation at a time, and an id only once. */
  requireFree(id: string | undefined): void {
    if (id !== undefined && this.operations.has(id)) {
      throw new ApiError(
        "OperationIdAlreadyExistsException",
        `Operation ${id} already exists`,
        409,
      );
    }
    if (!this.definition.managedExecution) this.requireIdle();
  }

  requireIdle(): void {
    const [first] = this.#underWay();
    if (!first) return;
    throw new ApiError(
      "OperationInProgressException",
      `Another Operation on StackSet ${this.id} is in progress: ${first.id}`,
      409,
    );
  }

  requireEmpty(): void {
    const { size } = this.#instances;
    if (size === 0) return;
    throw new ApiError(
      "StackSetNotEmptyException",
      `StackSet ${this.name} is not empty: ${size} stack instances are left`,
      409,
    );
  }

  /** Starts an operation behind those that are not done yet. */
  #start(
    action: Operation["action"],
    instances: readonly StackInstance[],
    preferences: OperationPreferences,
    id: string = randomUUID(),
    work: (instance: StackInstance, operation: string) => Promise<void>,
  ): Operation {
    const before = this.#underWay().map(({ done }) => done);
    const of = new Map<OperationResult, StackInstance>(
      instances.map((instance) => {
        const { account, region } = instance;
        return [{ account, region, status: "PENDING" }, instance];
      }),
    );
    const run = async () => {
      await Promise.all(before);
      operation.status = "RUNNING";
      const good = await carryOut([...of.keys()], preferences, async (target) => {
        const instance = of.get(target) as StackInstance;
        instance.detailed = "RUNNING";
        await work(instance, id);
      });
      for (const [{ status, reason }, instance] of of) note(instance, status, reason, id);
      operation.status = good ? "SUCCEEDED" : "FAILED";
      operation.ended = new Date();
    };
    const operation: Operation = {
      id,
      action,
      created: new Date(),
      status: "QUEUED",
      results: [...of.keys()],
      // A turn later: the operation is complete before it begins.
      done: Promise.resolve().then(run),
    };
    this.operations.set(id, operation);
    return operation;
  }

  #underWay(): readonly Operation[] {
    return [...this.operations.values()].filter(({ ended }) => ended === undefined);
  }

  /** The session is named after the operation, as CloudTrail shows it. */
  #site({ account, region }: StackInstance, operation: string) {
    return this.sessions.at(account, region, operation);
  }
}

function note(
  instance: StackInstance,
  status: OperationResult["status"],
  reason: string | undefined,
  operation: string,
): void {
  instance.lastOperation = operation;
  instance.detailed = instance.status === "INOPERABLE" ? "INOPERABLE" : status;
  if (reason === undefined) delete instance.reason;
  else instance.reason = reason;
}
