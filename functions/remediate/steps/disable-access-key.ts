import { command } from "../../model/command";
import type { StepKind } from "../../model/step";
import { withoutPath } from "./shared/arns";

/** Ends a user's long-term key. Sessions the key has made already live on: deny-user ends those. */
export interface DisableAccessKey {
  readonly kind: "disable-access-key";
  readonly user: {
    readonly name: string;
    readonly arn: string;
    /** Tells the user from another of the same name; plans of earlier versions have none. */
    readonly uniqueId?: string;
  };
  readonly accessKey: string;
}

export const disableAccessKey: StepKind<DisableAccessKey> = {
  undonePart: "credentials",
  cuts: true,
  target: (step) => step.accessKey,
  // A renamed user's key is disabled under the new name.
  identity: ({ user, accessKey }) => `${user.name} ${accessKey}`,
  describe: (step) => `disable access key ${step.accessKey} of user ${step.user.name}`,
  describeUndo: (step) => `reactivate access key ${step.accessKey} of user ${step.user.name}`,
  sides: () => ["active", "inactive"],
  // No namesake can be hit, and none is looked for: a key's id is unique, and IAM refuses to change or
  // list the key under the name of another user.
  async inspect(step, account) {
    const keys = await account.identity.accessKeys(step.user.name);
    const key = keys?.find(({ id }) => id === step.accessKey);
    if (key === undefined) return "gone";
    return key.active ? "before" : "after";
  },
  apply: (step, account) => account.identity.setKeyActive(step.user.name, step.accessKey, false),
  undo: (step, account) => account.identity.setKeyActive(step.user.name, step.accessKey, true),
  onRequest: true,
  manual: (step) =>
    `Access key ${step.accessKey} stays disabled: replace it. Reactivate it only if it is certain that it never leaked: ${command`aws iam update-access-key --user-name=${step.user.name} --access-key-id=${step.accessKey} --status Active`}`,
  // UpdateAccessKey has no condition keys: one that may disable a key may also make it active.
  permissions: changing,
  undoPermissions: changing,
  widest: [
    {
      kind: "disable-access-key",
      user: { name: "*", arn: "arn:aws:iam::*:user/*" },
      accessKey: "*",
    },
  ],
};

function changing({ user }: DisableAccessKey) {
  return [
    { actions: ["iam:ListAccessKeys", "iam:UpdateAccessKey"], resources: [withoutPath(user.arn)] },
  ];
}
