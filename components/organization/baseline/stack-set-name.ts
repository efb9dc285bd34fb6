/** Names the StackSets of the baseline. */

export type StackSetId = "global" | "resources" | "regional" | "key-rotation";

/**
 * Names a StackSet. Whoever administers it, CloudFormation keeps it in the management account, where
 * its name is unique in the region: the stages of one organization need one each.
 */
export function stackSetName(which: StackSetId, stage: string): string {
  return `cordon-baseline-${which}-${stage}`;
}
