/**
 * The statements of a function's policy that let everybody invoke it: their ids, actions and what they say of
 * a function URL. Only statements that Lambda's AddPermission makes again as they were; others are left.
 */
import {
  AddPermissionCommand,
  type FunctionUrlAuthType,
  GetPolicyCommand,
  LambdaClient,
  ListTagsCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import type { Value } from "../../catalogue/controls/control";
import { memberConfig } from "../client";
import { orUndefined, tolerate } from "../errors";
import { leftIfOwn } from "./own";
import type { OpenSetting } from "./setting";

interface PublicStatement {
  readonly sid: string;
  readonly action: string;
  /** "NONE" where the function's URL takes calls without credentials. */
  readonly urlAuthType?: FunctionUrlAuthType;
  readonly viaUrl?: true;
}

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const everybody = "*";
const authType = "lambda:FunctionUrlAuthType";
const viaUrl = "lambda:InvokedViaFunctionUrl";
const gone = "ResourceNotFoundException";

export const open: OpenSetting = (region, credentials, account) => {
  const client = new LambdaClient(memberConfig(region, credentials));
  const publicOf = async (FunctionName: string): Promise<readonly PublicStatement[]> => {
    const found = await orUndefined(client.send(new GetPolicyCommand({ FunctionName })), gone);
    const { Statement = [] } = JSON.parse(found?.Policy ?? "{}") as { Statement?: Statement[] };
    return Statement.flatMap(publicStatement).sort((a, b) => (a.sid < b.sid ? -1 : 1));
  };
  return {
    async read(name) {
      // A function without a policy and one that is gone are answered alike by GetPolicy.
      const Resource = `arn:aws:lambda:${region}:${account}:function:${name}`;
      const found = await orUndefined(client.send(new ListTagsCommand({ Resource })), gone);
      if (found === undefined) return undefined;
      const value = await publicOf(name);
      const { Tags: tags = {} } = found;
      return {
        value: value as unknown as Value,
        tags,
        ...(value.some(({ urlAuthType }) => urlAuthType === "NONE") && {
          asks: `Function ${name} has a URL that everybody may call, which would answer nobody any more`,
        }),
        ...leftIfOwn("Function", name, tags),
      };
    },
    async write(FunctionName, value) {
      const wanted = value as unknown as readonly PublicStatement[];
      const there = await publicOf(FunctionName);
      const missing = (from: readonly PublicStatement[], of: readonly PublicStatement[]) =>
        of.filter(({ sid }) => !from.some((each) => each.sid === sid));
      for (const { sid } of missing(wanted, there)) {
        const removed = { FunctionName, StatementId: sid };
        await tolerate(client.send(new RemovePermissionCommand(removed)), gone);
      }
      for (const statement of missing(there, wanted)) {
        await client.send(
          new AddPermissionCommand({
            FunctionName,
            StatementId: statement.sid,
            Action: statement.action,
            Principal: everybody,
            FunctionUrlAuthType: statement.urlAuthType,
            InvokedViaFunctionUrl: statement.viaUrl,
          }),
        );
      }
    },
  };
};

/** Reads a statement; nothing where it lets in some alone, or in a way that could not be given back. */
function publicStatement(statement: Statement): readonly PublicStatement[] {
  const { Sid, Effect, Principal, Action, Condition = {} } = statement;
  if (Effect !== "Allow" || Principal !== everybody) return [];
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, value]) => [`${operator} ${key}`, value] as const),
  );
  const known = new Map(conditions);
  const urlAuthType = known.get(`StringEquals ${authType}`) as FunctionUrlAuthType | undefined;
  const url = known.get(`Bool ${viaUrl}`) === "true";
  if (known.size !== Number(urlAuthType !== undefined) + Number(url)) return [];
  return [
    {
      sid: Sid,
      action: Action,
      ...(urlAuthType !== undefined && { urlAuthType }),
      ...(url && { viaUrl: true as const }),
    },
  ];
}
