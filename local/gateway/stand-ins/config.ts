/**
 * Stands in for what the emulator lacks of AWS Config: IAM users among the resources it discovered,
 * remediations and their exceptions, results of rules, and the conditions between recorder, rule and
 * remediation. Rules and recorders themselves are the emulator's. Strict: of resource types
 * AWS::IAM::User alone, and parameters it does not know are refused by name. Discovery is at once;
 * AWS takes minutes.
 */

import { items } from "../iam/policies";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  list,
  member,
  text,
  UnknownOperationError,
} from "../wire/protocol";
import type { Place, World } from "../world";
import { invalid, type Reader, type Remediation, readRemediation, ruleOf } from "./remediation";

export interface DiscoveredUser {
  readonly id: string;
  readonly name: string;
}

/** A resource that a rule's remediation leaves out. */
export interface Exception {
  readonly ConfigRuleName: string;
  readonly ResourceType: string;
  readonly ResourceId: string;
  readonly Message?: string;
  /** Seconds since 1970; absent: until it is deleted. */
  readonly ExpirationTime?: number;
}

export type Compliance = "COMPLIANT" | "NON_COMPLIANT";

export interface ConfigStandIn {
  /** What AWS Config does about what a rule finds; undefined when nothing. */
  remediation(place: Place, rule: string): Remediation | undefined;
  /** Keeps a result; returns the one before it. */
  keep(place: Place, rule: string, resource: string, found: Compliance): Compliance | undefined;
  /** Whether a rule's remediation leaves a resource out at a moment. */
  excepted(place: Place, rule: string, resource: string, at: Date): boolean;
  /** Excepts a resource until the exception is deleted, as AWS Config does by itself. */
  except(place: Place, rule: string, resource: string, message: string): void;
}

export class ConfigService implements ConfigStandIn {
  readonly #remediations = new Map<string, Remediation>();
  readonly #results = new Map<string, Compliance>();
  readonly #exceptions = new Map<string, Exception>();

  remediation({ account, region }: Place, rule: string): Remediation | undefined {
    return this.#remediations.get(`${account}/${region}/${rule}`);
  }

  keep({ account, region }: Place, rule: string, resource: string, found: Compliance) {
    const key = `${account}/${region}/${rule}/${resource}`;
    const before = this.#results.get(key);
    this.#results.set(key, found);
    return before;
  }

  excepted({ account, region }: Place, rule: string, resource: string, at: Date): boolean {
    const found = this.#exceptions.get(`${account}/${region}/${rule}/${resource}`);
    if (found === undefined) return false;
    const { ExpirationTime = Number.POSITIVE_INFINITY } = found;
    return at.getTime() / 1000 < ExpirationTime;
  }

  except({ account, region }: Place, rule: string, resource: string, Message: string): void {
    this.#exceptions.set(`${account}/${region}/${rule}/${resource}`, {
      ConfigRuleName: rule,
      ResourceType: user,
      ResourceId: resource,
      Message,
    });
  }

  /** Answers what the emulator cannot; undefined leaves the call to it. */
  async answer(call: ApiCall, place: Place, world: World): Promise<Answer | undefined> {
    const { operation, parameters } = call;
    switch (operation) {
      case "PutConfigRule":
        // The emulator takes rules where nothing records.
        await recorderOf(place, world);
        return undefined;
      case "DeleteConfigRule": {
        const rule = text(parameters.ConfigRuleName) ?? "";
        if (this.remediation(place, rule)) {
          throw new ApiError(
            "ResourceInUseException",
            `A remediation action is associated with the rule ${rule}: delete it first`,
          );
        }
        return undefined;
      }
      case "DescribeConfigRules": {
        // The emulator finds nothing wrong with names of rules where an account has no rule at all.
        const [name] = list<string>(parameters.ConfigRuleNames);
        if (name !== undefined) await ruleOf(name, place, world);
        return undefined;
      }
      case "ListDiscoveredResources":
        return json(await discovered(parameters, place, world));
      case "PutRemediationConfigurations": {
        const [given, ...others] = list(parameters.RemediationConfigurations);
        if (given === undefined || others.length > 0) {
          throw new UnknownOperationError(`config:${operation} of more or less than one`);
        }
        const remediation = await readRemediation(given, place, world);
        const key = `${place.account}/${place.region}/${remediation.ConfigRuleName}`;
        this.#remediations.set(key, remediation);
        return json({ FailedBatches: [] });
      }
      case "DescribeRemediationConfigurations": {
        const found = list<string>(parameters.ConfigRuleNames).flatMap(
          (rule) => this.remediation(place, rule) ?? [],
        );
        return json({ RemediationConfigurations: found });
      }
      case "DeleteRemediationConfiguration": {
        const rule = text(parameters.ConfigRuleName) ?? "";
        if (!this.#remediations.delete(`${place.account}/${place.region}/${rule}`)) {
          throw new ApiError(
            "NoSuchRemediationConfigurationException",
            `No RemediationConfiguration for rule exists: ${rule}`,
          );
        }
        return json({});
      }
      case "PutRemediationExceptions":
        return json(this.#putExceptions(call, place));
      case "DescribeRemediationExceptions": {
        only(call, ["ConfigRuleName", "ResourceKeys"]);
        const at = new Date();
        const found = this.#exceptionsOf(call, place).filter(({ ResourceId }) =>
          this.excepted(place, text(parameters.ConfigRuleName) ?? "", ResourceId, at),
        );
        return json({ RemediationExceptions: found });
      }
      case "DeleteRemediationExceptions": {
        only(call, ["ConfigRuleName", "ResourceKeys"]);
        const found = this.#exceptionsOf(call, place);
        if (found.length === 0) {
          throw new ApiError(
            "NoSuchRemediationExceptionException",
            "No remediation exception exists for the resources",
          );
        }
        for (const { ConfigRuleName, ResourceId } of found) {
          this.#exceptions.delete(
            `${place.account}/${place.region}/${ConfigRuleName}/${ResourceId}`,
          );
        }
        return json({ FailedBatches: [] });
      }
      default:
        return undefined;
    }
  }

  /** Of a resource that does not break the rule none is made, and nothing is said of it. */
  #putExceptions(call: ApiCall, place: Place): object {
    only(call, ["ConfigRuleName", "ResourceKeys", "Message", "ExpirationTime"]);
    const { parameters } = call;
    const rule = text(parameters.ConfigRuleName) ?? "";
    if (!this.remediation(place, rule)) {
      throw invalid(`The rule ${rule} has no remediation to except anything from`);
    }
    const { Message, ExpirationTime } = parameters as unknown as Exception;
    if ((Message?.length ?? 0) > 1_024) throw invalid("Message must have 1 to 1024 characters");
    for (const id of keysOf(call)) {
      const key = `${place.account}/${place.region}/${rule}/${id}`;
      if (this.#results.get(key) !== "NON_COMPLIANT") continue;
      this.#exceptions.set(key, {
        ConfigRuleName: rule,
        ResourceType: user,
        ResourceId: id,
        ...(Message !== undefined && { Message }),
        ...(ExpirationTime !== undefined && { ExpirationTime }),
      });
    }
    return { FailedBatches: [] };
  }

  /** The exceptions of a rule, or those of its resources that a call names. */
  #exceptionsOf(call: ApiCall, { account, region }: Place): readonly Exception[] {
    const start = `${account}/${region}/${text(call.parameters.ConfigRuleName)}/`;
    const ids = keysOf(call);
    return [...this.#exceptions]
      .filter(([key]) => key.startsWith(start))
      .map(([, exception]) => exception)
      .filter(({ ResourceId }) => ids.length === 0 || ids.includes(ResourceId));
  }
}

/** Ids of the resources that a call about exceptions names: users alone. */
function keysOf({ operation, parameters }: ApiCall): readonly string[] {
  return list(parameters.ResourceKeys).map((key) => {
    const type = text(member(key, "ResourceType"));
    if (type !== user) throw new UnknownOperationError(`config:${operation} of ${type}`);
    return text(member(key, "ResourceId")) ?? "";
  });
}

function only({ operation, parameters }: ApiCall, known: readonly string[]): void {
  const unknown = Object.keys(parameters).find((key) => !known.includes(key));
  if (unknown) throw new UnknownOperationError(`config:${operation} with ${unknown}`);
}

const user = "AWS::IAM::User";

async function discovered(parameters: ApiCall["parameters"], place: Place, world: World) {
  const unknown = Object.keys(parameters).find(
    (key) => !["resourceType", "resourceIds"].includes(key),
  );
  if (unknown) throw new UnknownOperationError(`config:ListDiscoveredResources with ${unknown}`);
  const type = text(parameters.resourceType);
  if (type !== user) throw new UnknownOperationError(`config:ListDiscoveredResources of ${type}`);
  const ids = list<string>(parameters.resourceIds);
  if (ids.length > 20) {
    throw new ApiError(
      "ValidationException",
      "The specified list had more than 20 resource ID's. It must have '20' or less items",
    );
  }
  const users = await discoveredUsers(place, world);
  return {
    resourceIdentifiers: users
      .filter(({ id }) => ids.length === 0 || ids.includes(id))
      .map(({ id, name }) => ({ resourceType: user, resourceId: id, resourceName: name })),
  };
}

/** Lists the IAM users that the recorder knows: all while it records them, else none. */
export async function discoveredUsers(place: Place, world: Reader): Promise<DiscoveredUser[]> {
  const recorder = await recorderOf(place, world);
  const group = member(recorder, "recordingGroup");
  const records =
    list(member(group, "resourceTypes")).includes(user) ||
    (member(group, "allSupported") === true &&
      member(group, "includeGlobalResourceTypes") === true);
  if (!records || !(await isRecording(place, world))) return [];
  const answer = await world.state.query(place, "iam", "ListUsers", { MaxItems: "1000" });
  const result = member(answer, "ListUsersResult");
  if (text(member(result, "IsTruncated")) === "true") {
    throw new UnknownOperationError("AWS Config in an account of more than 1,000 users");
  }
  return items(member(result, "Users")).map((each) => ({
    id: String(member(each, "UserId")),
    name: String(member(each, "UserName")),
  }));
}

async function recorderOf(place: Place, world: Reader): Promise<unknown> {
  const answer = await world.state.json(
    place,
    "config",
    "StarlingDoveService.DescribeConfigurationRecorders",
    {},
  );
  const [recorder] = list(answer.ConfigurationRecorders);
  if (recorder === undefined) {
    throw new ApiError(
      "NoAvailableConfigurationRecorderException",
      "Configuration recorder is not available to put delivery channel.",
    );
  }
  return recorder;
}

async function isRecording(place: Place, world: Reader): Promise<boolean> {
  const answer = await world.state.json(
    place,
    "config",
    "StarlingDoveService.DescribeConfigurationRecorderStatus",
    {},
  );
  return list(answer.ConfigurationRecordersStatus).some(
    (status) => member(status, "recording") === true,
  );
}
