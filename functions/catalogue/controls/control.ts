/** The shape of a posture control: a setting that ought to have one value. Types, and what reads and fills in texts. */

/** What an entry allows. In texts, {id}, {account} and {region} stand for the setting's own. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** How a resource is named. */
export interface Named {
  /** Names the resource, such as "bucket {id}". */
  readonly names: string;
  /**
   * ARN of the resource, as Security Hub names it; of what has no ARN, what it has instead. Cordon's
   * notices and exceptions call it so.
   */
  readonly arn: string;
  /**
   * Set of a setting that an account has once in a region, where AWS does not say how Security Hub names it:
   * account and region of the finding say which. The id is the account's.
   */
  readonly ofAccount?: true;
  /** What an id of such a resource is like, as a regular expression. */
  readonly idForm: string;
}

/** What changing a setting takes. */
export interface Change {
  /** Says what the change does, such as "block public access to bucket {id}". */
  readonly does: string;
  readonly undoes: string;
  readonly reads: readonly Grant[];
  readonly changes: readonly Grant[];
  /** What giving the former value back takes. @default what the change takes */
  readonly undoing?: readonly Grant[];
}

export interface Control extends Named, Change {
  /**
   * Ids under which AWS Security Hub publishes the control: whose failure it answers. Another has the same
   * one only for another type of resource. None of a setting that only a containment changes.
   */
  readonly published: readonly string[];
  /** What AWS Config reports of it, where the conformance pack has such rules. */
  readonly config?: {
    /** Rules by the names that Cordon gives them, whose breach it answers. */
    readonly rules: readonly string[];
    /** Type of the resource, as AWS Config has it. */
    readonly resourceType: string;
  };
  /**
   * The value that the setting ought to have, as its file in functions/aws/settings reads it. Absent where
   * that file derives it from the value that it reads.
   */
  readonly wanted?: Value;
  /** Why a person must approve each change; absent where the change stops nothing that is in use. */
  readonly asks?: string;
  /** What the control leaves open, in a sentence for the notice. */
  readonly residual: string;
  /** What people do next. */
  readonly nextStep: string;
}

/** The value of a setting: JSON, as the journal holds it. null where it is not set. */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Fills in what a text of a control leaves open. */
export function filled(
  text: string,
  of: { readonly id: string; readonly account?: string; readonly region?: string },
): string {
  return text
    .replaceAll("{id}", of.id)
    .replaceAll("{account}", of.account ?? "*")
    .replaceAll("{region}", of.region ?? "*");
}

/** Checks whether a resource's id is one that such a resource can have in an account. */
export function hasForm({ idForm }: Named, id: string, account: string): boolean {
  const form = filled(idForm, { id: "", account });
  // These would mean more than the resource in an ARN of a policy.
  return new RegExp(`^(?:${form})$`).test(id) && !/[*?${}\s]/.test(id);
}

/** Finds the id in a resource's ARN; undefined where it is of another form or place. */
export function idInArn(
  named: Named,
  arn: string,
  { account, region }: { readonly account: string; readonly region: string },
): string | undefined {
  const [before = "", after = ""] = filled(named.arn, { id: "\n", account, region }).split("\n");
  const id = arn.slice(before.length, arn.length - after.length);
  return `${before}${id}${after}` === arn && hasForm(named, id, account) ? id : undefined;
}
