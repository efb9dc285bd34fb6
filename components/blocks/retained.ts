/** Retains resources when Cordon is destroyed, and imports them into the next deployment. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Marks what Cordon created where the same resource could have existed before. */
export const madeByCordon = { cordon: "detection" } as const;

/** Path of the Systems Manager parameters about retained resources, in the security account's home region. */
export const retainedPath = "/cordon/retained";
const notes = `${retainedPath}/resources/`;
const declared = `${retainedPath}/declared`;

/** Maps the name of each resource that exists, and that no deployment declares, to its import id. */
export type RetainedResources = Readonly<Record<string, string>>;

/** Reads the retained resources from the names and values of all parameters below `retainedPath`. */
export function retainedFrom(parameters: Readonly<Record<string, string>>): RetainedResources {
  // A deployment has these in its state already.
  const had = (parameters[declared] ?? "").split(",");
  const noted = Object.entries(parameters)
    .filter(([name]) => name.startsWith(notes))
    .map(([name, id]) => [name.slice(notes.length), id] as const);
  return Object.fromEntries(noted.filter(([name]) => !had.includes(name)));
}

/** Builds the options of a resource that outlives Cordon and that AWS allows only once. */
export function retain(name: string, retained: RetainedResources): pulumi.CustomResourceOptions {
  const id = retained[name];
  return { retainOnDelete: true, ...(id !== undefined && { import: id }) };
}

export interface RetentionNotesArgs {
  readonly homeRegion: string;
  /** The retained resources, by the name that `retain` was given, each with its region. */
  readonly resources: Readonly<
    Record<string, { readonly id: pulumi.Input<string>; readonly region: string }>
  >;
}

/**
 * Records the retained resources in parameters that are retained, too; and which of them are declared, in
 * one that is destroyed with the deployment. A state that was lost leaves that one behind: delete it by
 * hand.
 */
export class RetentionNotes extends pulumi.ComponentResource {
  constructor(name: string, args: RetentionNotesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:RetentionNotes", name, {}, opts);
    const region = args.homeRegion;
    const made = Object.entries(args.resources).map(
      ([resource, { id, region: at }]) =>
        new aws.ssm.Parameter(
          `${name}-${resource}`,
          {
            region,
            name: `${notes}${resource}`,
            type: "String",
            // A resource outside the provider's region is imported with its region.
            value: at === region ? id : pulumi.interpolate`${id}@${at}`,
            // The parameter of an earlier deployment has the same value.
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
      // Last, so that a deployment that fails before imports everything at its next attempt.
      { parent: this, dependsOn: made },
    );
    this.registerOutputs({});
  }
}
