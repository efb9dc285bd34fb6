/**
 * Stands in for CloudFormation StackSets with service-managed permissions. The emulator's own makes
 * no instance for a delegated administrator, passes over resource types that it does not know, and
 * deploys to the management account. Strict: only for the management account and, by CallAs, the
 * delegated administrator; targets are the accounts of organizational units, never the management
 * account; what a template asks for is carried out by calls that the gateway decides, or refused by
 * name, and so is every other operation and parameter. An account that joins gets its stacks when
 * the stand-in is told of it, as automatic deployment would by itself.
 */
import { randomUUID } from "node:crypto";
import { management, organizationalUnits, rootId } from "../../organization";
import type { Membership } from "../membership";
import { type Answer, type ApiCall, ApiError, type Parameters, text } from "../protocol";
import { Stack } from "./stack";
import {
  carryOut,
  type OperationPreferences,
  type OperationResult,
  readPreferences,
} from "./stack-operation";
import { type StackAccess, StackSessions } from "./stack-session";
import {
  answerOf,
  describeInstance,
  describeOperation,
  describeResult,
  describeSet,
} from "./stack-set-answers";
import {
  type Definition,
  notFound,
  readDefinition,
  readRegions,
  readTargets,
  refuseForeign,
  requireAdministrator,
} from "./stack-set-requests";

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

export interface StackSet {
  readonly name: string;
  /** Name and UUID, as StackSetId has them. */
  readonly id: string;
  readonly region: string;
  definition: Definition;
  readonly instances: Map<string, StackInstance>;
  /** Regions by the unit or root they were asked for: what automatic deployment follows. */
  readonly targets: Map<string, Set<string>>;
  readonly operations: Map<string, Operation>;
}

export interface StackSetsStandIn {
  /**
   * Deploys every stack set whose units an account is now in to it, as automatic deployment does.
   * Answers the operations once all have ended.
   */
  accountJoined(account: string): Promise<readonly Operation[]>;
}

type Handler = (call: ApiCall, account: string) => Promise<object>;

export class StackSets implements StackSetsStandIn {
  readonly #sets = new Map<string, StackSet>();
  readonly #sessions: StackSessions;
  readonly #handlers: Readonly<Record<string, Handler>> = {
    CreateStackSet: (call) => this.#create(call),
    UpdateStackSet: (call, account) => this.#update(call, account),
    DeleteStackSet: (call, account) => this.#delete(call, account),
    DescribeStackSet: async (call, account) => ({
      StackSet: describeSet(this.#set(call, account)),
    }),
    CreateStackInstances: async (call, account) => this.#deployInstances("CREATE", call, account),
    UpdateStackInstances: async (call, account) => this.#deployInstances("UPDATE", call, account),
    DeleteStackInstances: async (call, account) => this.#deleteInstances(call, account),
    ListStackInstances: async (call, account) => this.#listInstances(call, account),
    DescribeStackSetOperation: async (call, account) => {
      const { set, operation } = this.#operation(call, account);
      return { StackSetOperation: describeOperation(set, operation) };
    },
    ListStackSetOperationResults: async (call, account) => {
      const { operation } = this.#operation(call, account);
      return { Summaries: operation.results.map(describeResult) };
    },
  };

  constructor(
    access: StackAccess,
    private readonly membership: Membership,
    /** Tells whether an account is registered as an administrator of StackSets. */
    private readonly isDelegated: (account: string) => boolean,
  ) {
    this.#sessions = new StackSessions(access);
  }

  /** Answers an operation of CloudFormation; every one but those of stack sets is refused by name. */
  async answer(call: ApiCall, account: string): Promise<Answer> {
    refuseForeign(call);
    const handler = this.#handlers[call.operation] as Handler;
    requireAdministrator(call, account, this.isDelegated);
    return answerOf(call.operation, await handler(call, account));
  }

  async accountJoined(account: string): Promise<readonly Operation[]> {
    const path = this.membership.pathOf(account);
    const started = [...this.#sets.values()].flatMap((set) => {
      if (!set.definition.autoDeployment) return [];
      const regions = path.flatMap((unit) => [...(set.targets.get(unit) ?? [])]);
      const targets = [...new Set(regions)].map((region) => ({ account, region }));
      if (targets.length === 0) return [];
      const within = path.find((unit) => set.targets.has(unit)) as string;
      const instances = targets.map((each) => this.#instanceAt(set, { ...each, target: within }));
      return [this.#deploy(set, "CREATE", instances, readPreferences(undefined, regions))];
    });
    await Promise.all(started.map(({ done }) => done));
    return started;
  }

  async #create(call: ApiCall): Promise<object> {
    const name = text(call.parameters.StackSetName) ?? "";
    const definition = await readDefinition(call.parameters);
    const key = `${call.region}/${name}`;
    if (this.#sets.has(key)) {
      throw new ApiError("NameAlreadyExistsException", `StackSet ${name} already exists`, 409);
    }
    const set: StackSet = {
      name,
      id: `${name}:${randomUUID()}`,
      region: call.region,
      definition,
      instances: new Map(),
      targets: new Map(),
      operations: new Map(),
    };
    this.#sets.set(key, set);
    return { StackSetId: set.id };
  }

  async #update(call: ApiCall, account: string): Promise<object> {
    const set = this.#set(call, account);
    const definition = await readDefinition(call.parameters, set.definition);
    const instances = [...set.instances.values()];
    const preferences = preferencesOf(call, [...new Set(instances.map(({ region }) => region))]);
    this.#requireFree(set, call);
    set.definition = definition;
    for (const instance of instances) {
      if (instance.status === "CURRENT") instance.status = "OUTDATED";
    }
    // "Stacks in this state are excluded from further UpdateStackSet operations."
    const operable = instances.filter(({ status }) => status !== "INOPERABLE");
    return { OperationId: this.#deploy(set, "UPDATE", operable, preferences, call).id };
  }

  async #delete(call: ApiCall, account: string): Promise<object> {
    const set = this.#set(call, account);
    if (set.instances.size > 0) {
      throw new ApiError(
        "StackSetNotEmptyException",
        `StackSet ${set.name} is not empty: ${set.instances.size} stack instances are left`,
        409,
      );
    }
    if (underWay(set).length > 0) throw inProgress(set);
    this.#sets.delete(`${set.region}/${set.name}`);
    return {};
  }

  #deployInstances(action: "CREATE" | "UPDATE", call: ApiCall, account: string): object {
    const set = this.#set(call, account);
    const units = readTargets(call.parameters);
    const regions = readRegions(call.parameters);
    const preferences = preferencesOf(call, regions);
    this.#requireFree(set, call);
    const wanted = this.#within(units).flatMap((at) =>
      regions.map((region) => ({ ...at, region })),
    );
    if (action === "CREATE") {
      for (const unit of units) {
        set.targets.set(unit, new Set([...(set.targets.get(unit) ?? []), ...regions]));
      }
    }
    const instances =
      action === "CREATE"
        ? wanted.map((at) => this.#instanceAt(set, at))
        : wanted.flatMap((at) => set.instances.get(`${at.account}/${at.region}`) ?? []);
    return { OperationId: this.#deploy(set, action, instances, preferences, call).id };
  }

  #deleteInstances(call: ApiCall, account: string): object {
    const set = this.#set(call, account);
    const units = readTargets(call.parameters);
    const regions = readRegions(call.parameters);
    const preferences = preferencesOf(call, regions);
    const retain = text(call.parameters.RetainStacks) === "true";
    this.#requireFree(set, call);
    for (const unit of units) {
      const left = [...(set.targets.get(unit) ?? [])].filter((region) => !regions.includes(region));
      if (left.length === 0) set.targets.delete(unit);
      else set.targets.set(unit, new Set(left));
    }
    const accounts = new Set(this.#within(units).map((at) => at.account));
    const instances = [...set.instances.values()].filter(
      (instance) => accounts.has(instance.account) && regions.includes(instance.region),
    );
    const operation = this.#start(
      set,
      "DELETE",
      instances,
      preferences,
      call,
      async (instance, id) => {
        try {
          if (!retain) await instance.stack.delete(await this.#site(instance, id));
        } catch (error) {
          instance.status = "INOPERABLE";
          throw error;
        }
        set.instances.delete(`${instance.account}/${instance.region}`);
      },
    );
    return { OperationId: operation.id };
  }

  #listInstances(call: ApiCall, account: string): object {
    const set = this.#set(call, account);
    const { StackInstanceAccount: of, StackInstanceRegion: at } = call.parameters;
    const found = [...set.instances.values()].filter(
      (each) =>
        (of === undefined || each.account === of) && (at === undefined || each.region === at),
    );
    return { Summaries: found.map((instance) => describeInstance(set, instance)) };
  }

  #deploy(
    set: StackSet,
    action: "CREATE" | "UPDATE",
    instances: readonly StackInstance[],
    preferences: OperationPreferences,
    call?: ApiCall,
  ): Operation {
    return this.#start(set, action, instances, preferences, call, async (instance, id) => {
      const { template, capabilities } = set.definition;
      if (template.some(({ type }) => type.startsWith("AWS::IAM::")) && !capabilities.has(namedIam))
        throw new Error(`Requires capabilities : [${namedIam}]`);
      await instance.stack.deploy(template, await this.#site(instance, id));
      instance.status = "CURRENT";
    });
  }

  /** Starts an operation behind those of the same stack set that are not done yet. */
  #start(
    set: StackSet,
    action: Operation["action"],
    instances: readonly StackInstance[],
    preferences: OperationPreferences,
    call: ApiCall | undefined,
    work: (instance: StackInstance, operation: string) => Promise<void>,
  ): Operation {
    const id = text(call?.parameters.OperationId) ?? randomUUID();
    const before = underWay(set).map(({ done }) => done);
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
    set.operations.set(id, operation);
    return operation;
  }

  /** The session is named after the operation, as CloudTrail shows it. */
  #site({ account, region }: StackInstance, operation: string) {
    return this.#sessions.at(account, region, operation);
  }

  /** Finds the instance of an account and region, or notes one that is yet to be deployed. */
  #instanceAt(
    set: StackSet,
    { account, region, target }: Pick<StackInstance, "account" | "region" | "target">,
  ): StackInstance {
    const known = set.instances.get(`${account}/${region}`);
    if (known) return known;
    const name = `StackSet-${set.name}-${randomUUID()}`;
    const instance: StackInstance = {
      account,
      region,
      target,
      stack: new Stack(),
      stackId: `arn:aws:cloudformation:${region}:${account}:stack/${name}/${randomUUID()}`,
      status: "OUTDATED",
      detailed: "PENDING",
    };
    set.instances.set(`${account}/${region}`, instance);
    return instance;
  }

  /** Lists the accounts in units and below them; StackSets leaves the management account out. */
  #within(units: readonly string[]): readonly { account: string; target: string }[] {
    for (const unit of units) {
      if (unit !== rootId && !organizationalUnits.some(({ id }) => id === unit)) {
        throw new ApiError("ValidationError", `Organizational unit ${unit} does not exist.`);
      }
    }
    return this.membership.accounts.flatMap(({ id }) => {
      const target = this.membership.pathOf(id).find((each) => units.includes(each));
      return target === undefined || id === management.id ? [] : [{ account: id, target }];
    });
  }

  #set(call: ApiCall, account: string): StackSet {
    const name = text(call.parameters.StackSetName) ?? "";
    const set = this.#sets.get(`${call.region}/${name.split(":")[0]}`);
    if (!set || (name.includes(":") && set.id !== name)) throw notFound(name, account);
    return set;
  }

  #operation(call: ApiCall, account: string) {
    const set = this.#set(call, account);
    const id = text(call.parameters.OperationId) ?? "";
    const operation = set.operations.get(id);
    if (!operation) {
      throw new ApiError("OperationNotFoundException", `Operation ${id} not found`, 404);
    }
    return { set, operation };
  }

  /** Without managed execution a stack set takes one operation at a time, and an id only once. */
  #requireFree(set: StackSet, call: ApiCall): void {
    const id = text(call.parameters.OperationId) ?? "";
    if (set.operations.has(id)) {
      throw new ApiError(
        "OperationIdAlreadyExistsException",
        `Operation ${id} already exists`,
        409,
      );
    }
    if (!set.definition.managedExecution && underWay(set).length > 0) throw inProgress(set);
  }
}

const namedIam = "CAPABILITY_NAMED_IAM";

function preferencesOf(call: ApiCall, regions: readonly string[]): OperationPreferences {
  return readPreferences(call.parameters.OperationPreferences as Parameters | undefined, regions);
}

function underWay(set: StackSet): readonly Operation[] {
  return [...set.operations.values()].filter(({ ended }) => ended === undefined);
}

function inProgress(set: StackSet): ApiError {
  const [first] = underWay(set);
  return new ApiError(
    "OperationInProgressException",
    `Another Operation on StackSet ${set.id} is in progress: ${first?.id}`,
    409,
  );
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
