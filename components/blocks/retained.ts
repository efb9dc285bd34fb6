/** What stays when Cordon goes, and how the next deployment takes it up again. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Marks what Cordon made where the same thing could have existed before. */
export const madeByCordon = { cordon: "detection" } as const;

/** Parameters of Systems Manager about what stays, in the security account's home region. */
export const keptPath = "/cordon/kept";
const notes = `${keptPath}/resources/`;
const declared = `${keptPath}/declared`;

/** Name of a resource to what it is imported by: what stands, and no deployment declares any more. */
export type Left = Readonly<Record<string, string>>;

/** Reads what is left from the names and values of all parameters below `keptPath`. */
export function leftBy(parameters: Readonly<Record<string, string>>): Left {
  // These a deployment has in its state already.
  const had = (parameters[declared] ?? "").split(",");
  const noted = Object.entries(parameters)
    .filter(([name]) => name.startsWith(notes))
    .map(([name, id]) => [name.slice(notes.length), id] as const);
  return Object.fromEntries(noted.filter(([name]) => !had.includes(name)));
}

/** Options of a resource that stays when Cordon goes, and that AWS would not let be made again. */
export function kept(name: string, left: Left): pulumi.CustomResourceOptions {
  const id = left[name];
  return { retainOnDelete: true, ...(id !== undefined && { import: id }) };
}

export interface KeptNotesArgs {
  readonly homeRegion: string;
  /** What stays, by the name under which it was given to `kept`, and the region it is in. */
  readonly resources: Readonly<
    Record<string, { readonly id: pulumi.Input<string>; readonly region: string }>
  >;
}

/**
 * Notes what stays, in parameters that stay, too; and which of it is declared, in one that goes with
 * the deployment. A state that was lost without being destroyed leaves that one behind: delete it by
 * hand.
 */
export class KeptNotes extends pulumi.ComponentResource {
  constructor(name: string, args: KeptNotesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:KeptNotes", name, {}, opts);
    const region = args.homeRegion;
    const made = Object.entries(args.resources).map(
      ([resource, { id, region: at }]) =>
        new aws.ssm.Parameter(
          `${name}-${resource}`,
          {
            region,
            name: `${notes}${resource}`,
            type: "String",
            // What is elsewhere than the provider is imported with its region.
            value: at === region ? id : pulumi.interpolate`${id}@${at}`,
            // One that an earlier deployment left says the same.
            overwrite: true,
          },
          { parent: this, retainOnDelete: true },
        ),
    );
    new aws.ssm.Parameter(
      `${name}-declared`,
      {
        region,
        name: declared,
        type: "String",
        value: Object.keys(args.resources).sort().join(","),
        overwrite: true,
      },
      // Not before everything is noted: until then the next attempt has to take it up.
      { parent: this, dependsOn: made },
    );
    this.registerOutputs({});
  }
}
