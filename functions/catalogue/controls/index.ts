/**
 * Posture controls: settings that ought to have one value, who reports that they have another, and what
 * setting them takes. Data only. A control is an entry in a file beside this one, by service, and a file in
 * functions/aws/settings.
 */
import { balancingControls } from "./balancing";
import { containerControls } from "./containers";
import { type Control, filled } from "./control";
import { dataControls } from "./data";
import { ec2Controls } from "./ec2";
import { managementControls } from "./management";
import { messageControls } from "./messages";
import { s3Controls } from "./s3";

export const controls = {
  ...s3Controls,
  ...ec2Controls,
  ...dataControls,
  ...balancingControls,
  ...containerControls,
  ...messageControls,
  ...managementControls,
} as const satisfies Record<string, Control>;

export type ControlId = keyof typeof controls;
export const controlIds = Object.keys(controls) as ControlId[];

/** Gives an entry, whatever it leaves out. */
export function controlOf(id: ControlId): Control {
  return controls[id];
}

/** Finds the control that answers a breach of a rule of AWS Config. */
export function controlFor(rule: string, resourceType: string): ControlId | undefined {
  return controlIds.find((id) => {
    const { config } = controlOf(id);
    return config?.resourceType === resourceType && config.rules.includes(rule);
  });
}

/** Finds the control that answers the failure of one of Security Hub's, by its id, such as "EC2.13". */
export function publishedControl(published: string): ControlId | undefined {
  return controlIds.find((id) => controlOf(id).published.includes(published));
}

/** Checks whether a resource's id is one that the control can have in an account. */
export function isIdOf(control: ControlId, id: string, account: string): boolean {
  return new RegExp(`^(?:${filled(controls[control].idForm, { id: "", account })})$`).test(id);
}

/** Finds the id in the name that Security Hub gives a resource; undefined where it is of another form or place. */
export function idIn(
  control: ControlId,
  arn: string,
  { account, region }: { readonly account: string; readonly region: string },
): string | undefined {
  if (controlOf(control).ofAccount) return account;
  const [before = "", after = ""] = filled(controls[control].arn, {
    id: "\n",
    account,
    region,
  }).split("\n");
  const id = arn.slice(before.length, arn.length - after.length);
  return `${before}${id}${after}` === arn && isIdOf(control, id, account) ? id : undefined;
}
