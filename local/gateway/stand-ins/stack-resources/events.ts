/** AWS::Events::Rule of the default bus in a stack. */
import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  type PutTargetsResultEntry,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import * as z from "zod/mini";
import {
  AlreadyExists,
  changed,
  document,
  type StackSite,
  stackResource,
  unlessGone,
} from "./stack-resource";

const properties = z.strictObject({
  Name: z.string(),
  Description: z.optional(z.string()),
  EventPattern: document,
  State: z.optional(z.enum(["ENABLED", "DISABLED"])),
  Targets: z.optional(
    z.array(
      z.strictObject({
        Id: z.string(),
        Arn: z.string(),
        RoleArn: z.optional(z.string()),
        DeadLetterConfig: z.optional(z.strictObject({ Arn: z.string() })),
      }),
    ),
  ),
});

type Rule = z.infer<typeof properties>;

const gone = ["ResourceNotFoundException"];

export const rule = stackResource({
  properties,
  replacing: ["Name"],
  nameOf: ({ Name }) => Name,
  async create(rule, site) {
    const { Name } = rule;
    const events = site.client(EventBridgeClient);
    // PutRule would overwrite the rule that is there already.
    const standing = await unlessGone(events.send(new DescribeRuleCommand({ Name })), gone);
    if (standing) throw new AlreadyExists("AWS::Events::Rule", Name);
    await putRule(rule, site);
    await putTargets(rule, rule.Targets ?? [], site);
  },
  async update(before, after, site) {
    await putRule(after, site);
    const targets = after.Targets ?? [];
    const standing = before.Targets ?? [];
    const kept = new Set(targets.map(({ Id }) => Id));
    await removeTargets(
      after,
      standing.map(({ Id }) => Id).filter((id) => !kept.has(id)),
      site,
    );
    const news = targets.filter((target) =>
      changed(
        standing.find(({ Id }) => Id === target.Id),
        target,
      ),
    );
    await putTargets(after, news, site);
  },
  async delete(rule, site) {
    const ids = (rule.Targets ?? []).map(({ Id }) => Id);
    await unlessGone(removeTargets(rule, ids, site), gone);
    const deleting = new DeleteRuleCommand({ Name: rule.Name });
    await unlessGone(site.client(EventBridgeClient).send(deleting), gone);
  },
});

function putRule({ Name, Description, EventPattern, State = "ENABLED" }: Rule, site: StackSite) {
  return site
    .client(EventBridgeClient)
    .send(
      new PutRuleCommand({ Name, Description, EventPattern: JSON.stringify(EventPattern), State }),
    );
}

async function putTargets(
  { Name }: Rule,
  targets: NonNullable<Rule["Targets"]>,
  site: StackSite,
): Promise<void> {
  if (targets.length === 0) return;
  const putting = new PutTargetsCommand({ Rule: Name, Targets: targets });
  refuseFailed((await site.client(EventBridgeClient).send(putting)).FailedEntries);
}

async function removeTargets({ Name }: Rule, ids: string[], site: StackSite): Promise<void> {
  if (ids.length === 0) return;
  const removing = new RemoveTargetsCommand({ Rule: Name, Ids: ids });
  refuseFailed((await site.client(EventBridgeClient).send(removing)).FailedEntries);
}

/** Both answer 200 with their failures inside. */
function refuseFailed(failed: PutTargetsResultEntry[] = []): void {
  const [first] = failed;
  if (first) throw new Error(`${first.ErrorCode}: ${first.ErrorMessage}`);
}
