/**
 * Stands in for CloudFormation StackSets with service-managed permissions. The emulator's own makes
 * no instance for a delegated administrator, passes over resource types that it does not know, and
 * deploys to the management account. Strict: only for the management account and, by CallAs, the
 * delegated administrator; targets are the accounts of organizational units, never the management
 * account; what a template asks for is carried out by calls that the gateway decides, or refused by
 * name, and so is every other operation and parameter. An account that joins gets its stacks when
 * the drill reports it, as automatic deployment would by itself.
 */
import { management, organizationalUnits, rootId } from "../accounts";
import type { Membership } from "../iam/membership";
import { type Answer, type ApiCall, ApiError, type Parameters, text } from "../wire/protocol";
import { type OperationPreferences, readPreferences } from "./stack-operation";
import { type StackAccess, StackSessions } from "./stack-session";
import { type Operation, StackSet } from "./stack-set";
import {
  answerOf,
  describeInstance,
  describeOperation,
  describeResult,
  describeSet,
} from "./stack-set-answers";
import {
  notFound,
  readDefinition,
  readRegions,
  readTargets,
  refuseForeign,
  requireAdministrator,
} from "./stack-set-requests";

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
    /** Says whether an account is registered as an administrator of StackSets. */
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
      const instances = targets.map((each) => set.instanceAt({ ...each, target: within }));
      return [set.deploy("CREATE", instances, readPreferences(undefined, regions))];
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
    const set = new StackSet(name, call.region, definition, this.#sessions);
    this.#sets.set(key, set);
    return { StackSetId: set.id };
  }

  async #update(call: ApiCall, account: string): Promise<object> {
    const set = this.#set(call, account);
    const definition = await readDefinition(call.parameters, set.definition);
    const { instances } = set;
    const preferences = preferencesOf(call, [...new Set(instances.map(({ region }) => region))]);
    const id = operationIdOf(call);
    set.requireFree(id);
    set.definition = definition;
    for (const instance of instances) {
      if (instance.status === "CURRENT") instance.status = "OUTDATED";
    }
    // "Stacks in this state are excluded from further UpdateStackSet operations."
    const operable = instances.filter(({ status }) => status !== "INOPERABLE");
    return { OperationId: set.deploy("UPDATE", operable, preferences, id).id };
  }

  async #delete(call: ApiCall, account: string): Promise<object> {
    const set = this.#set(call, account);
    set.requireEmpty();
    set.requireIdle();
    this.#sets.delete(`${set.region}/${set.name}`);
    return {};
  }

  #deployInstances(action: "CREATE" | "UPDATE", call: ApiCall, account: string): object {
    const { set, units, regions, preferences, id } = this.#deployment(call, account);
    const wanted = this.#within(units).flatMap((at) =>
      regions.map((region) => ({ ...at, region })),
    );
    if (action === "CREATE") for (const unit of units) set.target(unit, regions);
    const instances =
      action === "CREATE"
        ? wanted.map((at) => set.instanceAt(at))
        : wanted.flatMap((at) => set.instance(at.account, at.region) ?? []);
    return { OperationId: set.deploy(action, instances, preferences, id).id };
  }

  #deleteInstances(call: ApiCall, account: string): object {
    const { set, units, regions, preferences, id } = this.#deployment(call, account);
    const retain = text(call.parameters.RetainStacks) === "true";
    for (const unit of units) set.untarget(unit, regions);
    const accounts = new Set(this.#within(units).map((at) => at.account));
    const instances = set.instances.filter(
      (instance) => accounts.has(instance.account) && regions.includes(instance.region),
    );
    return { OperationId: set.remove(instances, preferences, retain, id).id };
  }

  /** Reads what calls about instances say, once the stack set takes another operation. */
  #deployment(call: ApiCall, account: string) {
    const set = this.#set(call, account);
    const units = readTargets(call.parameters);
    const regions = readRegions(call.parameters);
    const preferences = preferencesOf(call, regions);
    const id = operationIdOf(call);
    set.requireFree(id);
    return { set, units, regions, preferences, id };
  }

  #listInstances(call: ApiCall, account: string): object {
    const set = this.#set(call, account);
    const { StackInstanceAccount: of, StackInstanceRegion: at } = call.parameters;
    const found = set.instances.filter(
      (each) =>
        (of === undefined || each.account === of) && (at === undefined || each.region === at),
    );
    return { Summaries: found.map((instance) => describeInstance(set, instance)) };
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
}

function operationIdOf(call: ApiCall): string | undefined {
  return text(call.parameters.OperationId);
}

function preferencesOf(call: ApiCall, regions: readonly string[]): OperationPreferences {
  return readPreferences(call.parameters.OperationPreferences as Parameters | undefined, regions);
}
