/**
 * Playbooks that a team adds to Cordon without changing it: the one place that knows them. The rest of the
 * catalogue is made of what is here when it is first read.
 */
import type { Control, Grant, Value } from "./controls/control";

/** Reads and writes a setting with a session's credentials, in one account and region. */
export type OpenCustomSetting = (
  region: string,
  credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  },
  account: string,
) => CustomSetting;

export interface CustomSetting {
  /** Gives the setting as it is; undefined where its resource is gone. */
  read(id: string): Promise<
    | {
        readonly value: Value;
        /** Tags of the resource; none where it cannot have any. */
        readonly tags: Readonly<Record<string, string>>;
        /** The value that it ought to have, where the definition does not say. */
        readonly wanted?: Value;
        /** Why a person must approve a change. */
        readonly asks?: string;
        /** Why Cordon does not change it, even where a person approves. */
        readonly left?: string;
      }
    | undefined
  >;
  /** Gives the setting a value, from any other. */
  write(id: string, value: Value): Promise<void>;
}

/** A playbook that gives one setting the value that a team wants, and gives the former one back. */
export interface CustomPlaybook extends Omit<Control, "config" | "published"> {
  /** Its id without `custom-`, which Cordon puts before it in names of functions, queues and roles. */
  readonly name: string;
  /** The playbook in two or three words, as notices have it. */
  readonly title: string;
  /**
   * Rules of AWS Config that find it, by the names that the team gave them, in an account, a conformance
   * pack or an organization.
   */
  readonly rules: Readonly<
    Record<
      string,
      {
        /** 4: notified at once, unless the policy says more. 3: only logged, for the weekly review. */
        readonly severity: 3 | 4;
        /** What a person does where Cordon changes nothing. */
        readonly manualSteps: readonly string[];
      }
    >
  >;
  /** Type of the resource, as AWS Config has it. */
  readonly resourceType: string;
  /** Imports what reads and writes the setting, so that no other function loads its SDK client. */
  readonly open: () => Promise<OpenCustomSetting>;
}

export type CustomId = `custom-${string}`;

/** A definition that cannot be deployed. Pulumi prints such an error as its one sentence (RunError). */
class DefinitionError extends Error {
  readonly __pulumiRunError = true;
}

const added = new Map<string, CustomPlaybook>();
const files = new Set<string>();
let isRead = false;

/**
 * Adds playbooks. Call it in a file that the program, the policy pack, the command line and the tests each
 * import before anything else of Cordon's; every function gets a copy of that file.
 *
 * @param file the file that calls: `__filename`
 * @throws DefinitionError naming the playbook, the field and the limit
 */
export function addPlaybooks(file: string, playbooks: readonly CustomPlaybook[]): void {
  if (isRead) {
    throw new DefinitionError(
      `custom playbooks must be added before Cordon's catalogue is read: import ${file} first`,
    );
  }
  for (const playbook of playbooks) {
    const fault = faultOf(playbook, [...added.values()]);
    if (fault !== undefined) throw new DefinitionError(fault);
    added.set(customId(playbook.name), playbook);
  }
  if (playbooks.length > 0) files.add(file);
}

/** Lists the custom playbooks by their ids; none can be added afterwards. */
export function customPlaybooks(): ReadonlyMap<string, CustomPlaybook> {
  isRead = true;
  return added;
}

/** Lists the files that add them. */
export function customFiles(): readonly string[] {
  return [...files];
}

export function customId(name: string): CustomId {
  return `custom-${name}`;
}

export function isCustom(id: string): id is CustomId {
  return id.startsWith("custom-");
}

/** Says what is wrong with a definition, in one sentence; undefined where nothing is. */
export function faultOf(
  playbook: CustomPlaybook,
  others: readonly CustomPlaybook[] = [],
): string | undefined {
  const { name } = playbook;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 24) {
    return `the name of a custom playbook must be 1 to 24 small letters, digits and single hyphens, and begin with a letter, but ${quoted(name)} was provided`;
  }
  if (others.some((other) => other.name === name)) {
    return `the name of a custom playbook must be its own, but ${quoted(name)} was added twice`;
  }
  const fault =
    textFault(playbook) ??
    ruleFault(playbook, others) ??
    resourceFault(playbook) ??
    valueFault(playbook.wanted) ??
    grantFault(playbook, "reads") ??
    grantFault(playbook, "changes") ??
    grantFault(playbook, "undoing");
  return fault && `custom playbook ${quoted(name)}: ${fault}`;
}

function textFault(playbook: CustomPlaybook): string | undefined {
  for (const field of ["does", "undoes", "names"] as const) {
    if (!isLine(playbook[field]) || !playbook[field].includes("{id}")) {
      return `${field} must be one line that names {id}, but ${quoted(playbook[field])} was provided`;
    }
  }
  for (const field of ["residual", "nextStep"] as const) {
    if (!isLine(playbook[field]) || !playbook[field].endsWith(".")) {
      return `${field} must be a sentence, but ${quoted(playbook[field])} was provided`;
    }
  }
  for (const field of ["title", "asks"] as const) {
    const text = playbook[field];
    if ((field === "title" || text !== undefined) && !isLine(text)) {
      return `${field} must be one line, but ${quoted(text)} was provided`;
    }
  }
  return typeof playbook.open === "function"
    ? undefined
    : `open must be a function that imports the setting's file, but ${quoted(playbook.open)} was provided`;
}

function ruleFault(
  { rules }: CustomPlaybook,
  others: readonly CustomPlaybook[],
): string | undefined {
  const names = Object.keys(rules);
  if (names.length === 0) return "rules must name at least one rule of AWS Config";
  const known = others.flatMap((other) => Object.keys(other.rules));
  for (const [index, name] of names.entries()) {
    // AWS Config takes 128 characters, with what an organization or a pack adds to them.
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name) || /^(cordon|orgconfigrule)-/i.test(name)) {
      return `rules must have names of 1 to 64 letters, digits and hyphens that begin neither with cordon- nor with OrgConfigRule-, but ${quoted(name)} was provided`;
    }
    const like = [...known, ...names.slice(0, index)].find(
      (other) => other.startsWith(name) || name.startsWith(other),
    );
    if (like !== undefined) {
      return `rules must have names of which none begins with another, but ${quoted(name)} and ${quoted(like)} were provided`;
    }
    const { severity, manualSteps } = rules[name] ?? {};
    if ((severity !== 3 && severity !== 4) || !manualSteps?.length || !manualSteps.every(isLine)) {
      return `rules must each have severity 3 or 4 and a line in manualSteps, but ${quoted(name)} has ${quoted(rules[name])}`;
    }
  }
  return undefined;
}

function resourceFault({ resourceType, idForm, arn }: CustomPlaybook): string | undefined {
  if (!/^AWS::\w*::\w+$/.test(resourceType)) {
    return `resourceType must be one of AWS Config's, such as AWS::Lambda::Function, but ${quoted(resourceType)} was provided`;
  }
  try {
    new RegExp(`^(?:${idForm})$`);
  } catch {
    return `idForm must be a regular expression, but ${quoted(idForm)} was provided`;
  }
  return isLine(arn) && /^(arn:aws:|AWS::)/.test(arn) && arn.includes("{id}")
    ? undefined
    : `arn must begin with arn:aws: or AWS:: and name {id}, but ${quoted(arn)} was provided`;
}

/** The journal keeps JSON: any other value would never be found again. */
function valueFault(wanted: unknown): string | undefined {
  return wanted === undefined || isJson(wanted)
    ? undefined
    : `wanted must be a value of JSON, but ${quoted(wanted)} was provided`;
}

function isJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== "object" || value === null) {
    return value === null || ["boolean", "string"].includes(typeof value) || Number.isFinite(value);
  }
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson);
}

/** Services in which a change could reach Cordon's own roles, break-glass principals or other accounts. */
const refusedServices = ["account", "iam", "organizations", "sso", "sts"];

function grantFault(
  playbook: CustomPlaybook,
  field: "reads" | "changes" | "undoing",
): string | undefined {
  const grants = playbook[field];
  if (grants === undefined && field === "undoing") return undefined;
  if (!grants?.length) return `${field} must list at least one grant`;
  const isOfAccount = playbook.idForm === "{account}";
  for (const { actions, resources, conditions } of grants) {
    for (const action of actions) {
      const [service = "", name = ""] = action.split(":");
      if (!/^[a-z0-9-]+$/.test(service) || !/^[A-Z][A-Za-z0-9]+$/.test(name)) {
        return `${field} must name single actions, such as lambda:GetFunctionUrlConfig, but ${quoted(action)} was provided`;
      }
      if (refusedServices.includes(service)) {
        return `${field} must name no action of ${refusedServices.join(", ")}, but ${quoted(action)} was provided`;
      }
    }
    // What only reads may be allowed of all resources: AWS takes no other resource for many reads.
    if (field === "reads" || isOfAccount) continue;
    for (const resource of resources) {
      if (!/^arn:aws:[a-z0-9-]+:/.test(resource) || !resource.includes("{id}")) {
        return `${field} must name {id} in each ARN, but ${quoted(resource)} was provided`;
      }
      if (!resource.includes(":{account}:") && !isOfOneAccount(conditions)) {
        return `${field} must name {account} in each ARN or in a condition on aws:ResourceAccount or s3:ResourceAccount, but ${quoted(resource)} was provided`;
      }
    }
  }
  return undefined;
}

function isOfOneAccount(conditions: Grant["conditions"]): boolean {
  const keys = conditions?.StringEquals ?? {};
  return ["aws:ResourceAccount", "s3:ResourceAccount"].some((key) => keys[key] === "{account}");
}

function isLine(text: unknown): text is string {
  return typeof text === "string" && /\S/.test(text) && !/[\r\n]/.test(text);
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}
