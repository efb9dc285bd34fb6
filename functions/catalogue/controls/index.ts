/**
 * Posture controls: settings that ought to have one value, who reports that they have another, and what
 * setting them takes. Data only. A control is an entry in a file beside this one, by service, and a file in
 * functions/aws/settings.
 */
import { type CustomPlaybook, customPlaybooks, isCustom } from "../custom";
import { balancingControls } from "./balancing";
import { containerControls } from "./containers";
import { type Control, hasForm, idInArn } from "./control";
import { dataControls } from "./data";
import { ec2Controls } from "./ec2";
import { kinesisControls } from "./kinesis";
import { managementControls } from "./management";
import { messageControls } from "./messages";
import { rdsControls } from "./rds";
import { redshiftControls } from "./redshift";
import { s3Controls } from "./s3";

const own = {
  ...s3Controls,
  ...ec2Controls,
  ...dataControls,
  ...balancingControls,
  ...containerControls,
  ...messageControls,
  ...managementControls,
  ...rdsControls,
  ...redshiftControls,
  ...kinesisControls,
} as const satisfies Record<string, Control>;

/** Of Cordon's own controls, all of which `fix-posture` carries out. */
export type ControlId = keyof typeof own;
export const ownControlIds = Object.keys(own) as ControlId[];

/**
 * Every control by its id. Each custom playbook has one, of the same id as its own; the compiler knows
 * Cordon's alone, so that a list of them must be complete.
 */
const controls = {
  ...own,
  ...Object.fromEntries(
    [...customPlaybooks()].map(([id, playbook]) => [id, customControl(playbook)]),
  ),
} as typeof own;
export const controlIds = Object.keys(controls) as ControlId[];

/** Makes the control of a custom playbook. What has the tag of quarantine groups it may not change. */
function customControl({ rules, resourceType, ...playbook }: CustomPlaybook): Control {
  const { undoing = playbook.changes } = playbook;
  const changes = playbook.changes.map(({ conditions, ...grant }) => ({
    ...grant,
    conditions: { ...conditions, Null: { ...conditions?.Null, "aws:ResourceTag/cordon": "true" } },
  }));
  const config = { rules: Object.keys(rules), resourceType };
  return { ...playbook, changes, undoing, config, published: [] };
}

/** Lists the controls that a playbook carries out. */
export function controlsOf(playbook: string): readonly ControlId[] {
  return isCustom(playbook) ? [playbook as string as ControlId] : ownControlIds;
}

/**
 * Gives an entry, whatever it leaves out.
 *
 * @throws Error where a record is of a custom playbook that was not added here
 */
export function controlOf(id: ControlId): Control {
  const control: Control | undefined = controls[id];
  if (control === undefined) {
    throw new Error(
      `Control ${id} is not known here: use the team's program that adds its playbook`,
    );
  }
  return control;
}

/** Finds the control that answers a breach of a rule of AWS Config. */
export function controlFor(rule: string, resourceType: string): ControlId | undefined {
  return controlIds.find((id) => {
    const { config } = controlOf(id);
    return config?.resourceType === resourceType && config.rules.includes(rule);
  });
}

/**
 * Finds the control that answers the failure of one of Security Hub's, by its id, such as "EC2.13". Where
 * one is about two types of resources, the resource's name tells which.
 */
export function publishedControl(
  published: string,
  arn: string,
  place: { readonly account: string; readonly region: string },
): ControlId | undefined {
  const all = controlIds.filter((id) => controlOf(id).published.includes(published));
  return all.find((id) => idIn(id, arn, place) !== undefined) ?? all[0];
}

/** Checks whether a resource's id is one that the control can have in an account. */
export function isIdOf(control: ControlId, id: string, account: string): boolean {
  return hasForm(controlOf(control), id, account);
}

/** Finds the id in the name that Security Hub gives a resource; undefined where it is of another form or place. */
export function idIn(
  control: ControlId,
  arn: string,
  place: { readonly account: string; readonly region: string },
): string | undefined {
  const named = controlOf(control);
  return named.ofAccount ? place.account : idInArn(named, arn, place);
}
