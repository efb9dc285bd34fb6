/** Resource table: findings of GuardDuty and Security Hub, as their administrator reads and updates them. */
import { toArn } from "../wire/arn";
import type { Parameters } from "../wire/protocol";
import { anywhere, type Context, on } from "./named";
import type { Operation, Request } from "./operation";

const hub = ({ account, region }: Request) => toArn("securityhub", region, account, "hub/default");

/** Names the fields that an update of findings holds, as its condition keys do. */
function asffFields({ FindingIdentifiers: _, ...fields }: Parameters): Context {
  const key = (path: string) => `securityhub:ASFFSyntaxPath/${path}`;
  const entries = Object.entries(fields).flatMap(([name, value]): [string, string | string[]][] => {
    if (Array.isArray(value)) return [[key(name), value.map(String)]];
    return typeof value === "object" && value !== null
      ? Object.entries(value).map(([part, each]) => [key(`${name}.${part}`), String(each)])
      : [[key(name), String(value)]];
  });
  return Object.fromEntries(entries);
}

export const findingOperations: Readonly<Record<string, Operation>> = {
  ...anywhere("guardduty", [
    "ArchiveFindings",
    "GetFindings",
    "ListDetectors",
    "UpdateFindingsFeedback",
  ]),
  "securityhub:BatchUpdateFindings": on(
    "securityhub:BatchUpdateFindings",
    hub,
    () => [],
    ({ parameters }) => asffFields(parameters),
  ),
  "securityhub:GetFindings": on("securityhub:GetFindings", hub),
};
