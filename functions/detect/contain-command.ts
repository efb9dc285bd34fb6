/** Names targets as a person contains them by command. */
import { command } from "../model/command";
import type { Place, Resource } from "../model/resource";

/** Writes a target as `npx cordon contain` takes it. */
export function containableAs(resource: Resource): string {
  switch (resource.kind) {
    case "user":
      return `user/${resource.id}`;
    case "role":
      return `session/${resource.id}/${resource.session}`;
    case "address":
      return `address/${resource.id}`;
    case "resource":
      return `${resource.type}/${resource.id}`;
    default:
      return resource.id;
  }
}

/** Writes the command that contains a target, given as it takes it; what is global needs no region. */
export function containCommand(
  target: string,
  { account, region }: Pick<Place, "account"> & Partial<Place>,
): string {
  const where = region === undefined ? "" : command` --region=${region}`;
  return `${command`npx cordon contain ${target} --account=${account}`}${where} --reason "WHY"`;
}

/** Says that a finding which changes nothing by itself can be followed, by what `containCommand` takes. */
export function containIfRight(...of: Parameters<typeof containCommand>): string {
  return `If the finding is right, contain it: ${containCommand(...of)}`;
}
