/** AWS::WAFv2::IPSet in a stack. */
import {
  CreateIPSetCommand,
  DeleteIPSetCommand,
  GetIPSetCommand,
  ListIPSetsCommand,
  UpdateIPSetCommand,
  WAFV2Client,
} from "@aws-sdk/client-wafv2";
import * as z from "zod/mini";
import { AlreadyExists, type StackSite, stackResource } from "./stack-resource";

const properties = z.strictObject({
  Name: z.string(),
  Description: z.optional(z.string()),
  Scope: z.literal("REGIONAL"),
  IPAddressVersion: z.enum(["IPV4", "IPV6"]),
  Addresses: z.array(z.string()),
});

type Named = Pick<z.infer<typeof properties>, "Name" | "Scope">;

export const ipSet = stackResource({
  properties,
  replacing: ["Name", "Scope", "IPAddressVersion"],
  nameOf: ({ Name }) => Name,
  async create(set, site) {
    if (await find(set, site)) throw new AlreadyExists("AWS::WAFv2::IPSet", set.Name);
    await site.client(WAFV2Client).send(new CreateIPSetCommand(set));
  },
  // It replaces what is in the set, as CloudFormation's does.
  async update(_before, { Name, Scope, Description, Addresses }, site) {
    const found = await find({ Name, Scope }, site);
    await site
      .client(WAFV2Client)
      .send(new UpdateIPSetCommand({ ...(found ?? missing(Name)), Description, Addresses }));
  },
  async delete(set, site) {
    const found = await find(set, site);
    if (found) await site.client(WAFV2Client).send(new DeleteIPSetCommand(found));
  },
});

async function find({ Name, Scope }: Named, site: StackSite) {
  const waf = site.client(WAFV2Client);
  const { IPSets = [] } = await waf.send(new ListIPSetsCommand({ Scope, Limit: 100 }));
  const Id = IPSets.find((each) => each.Name === Name)?.Id;
  if (Id === undefined) return undefined;
  const { LockToken } = await waf.send(new GetIPSetCommand({ Name, Scope, Id }));
  return { Name, Scope, Id, LockToken };
}

function missing(Name: string): never {
  throw new Error(`Resource of type 'AWS::WAFv2::IPSet' with identifier '${Name}' was not found.`);
}
