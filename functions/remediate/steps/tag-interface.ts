import { cordonTag, quarantinedTagValue } from "../../catalogue/quarantine-group";
import type { Place } from "../../model/resource";
import type { StepKind } from "../../model/step";
import { ec2Arn, onlyTags, reads } from "./shared/arns";

/**
 * Marks an interface, so that the service control policy keeps all other principals from it. Comes
 * before the quarantine: nobody may move the interface in between.
 */
export interface TagInterface {
  readonly kind: "tag-interface";
  readonly networkInterface: string;
}

export const tagInterface: StepKind<TagInterface> = {
  undonePart: "marks",
  target: (step) => step.networkInterface,
  describe: (step) => `tag ${step.networkInterface} ${cordonTag}=${quarantinedTagValue}`,
  describeUndo: (step) => `remove the tag ${cordonTag} from ${step.networkInterface}`,
  sides: () => [`no tag ${cordonTag}`, `${cordonTag}=${quarantinedTagValue}`],
  async inspect(step, account) {
    const current = await account.network.networkInterface(step.networkInterface);
    if (current === undefined) return "gone";
    return current.tags[cordonTag] === quarantinedTagValue ? "after" : "before";
  },
  apply: (step, account) =>
    account.compute.setTags(step.networkInterface, { [cordonTag]: quarantinedTagValue }),
  undo: (step, account) => account.compute.removeTags(step.networkInterface, [cordonTag]),
  manual: (step) => `Remove the tag ${cordonTag} from ${step.networkInterface}.`,
  permissions: (step, place) => tagging("ec2:CreateTags", step, place),
  undoPermissions: (step, place) => tagging("ec2:DeleteTags", step, place),
  widest: [{ kind: "tag-interface", networkInterface: "*" }],
};

function tagging(action: string, step: TagInterface, place: Place) {
  return [
    {
      actions: [action],
      resources: [ec2Arn(place, `network-interface/${step.networkInterface}`)],
      conditions: onlyTags([cordonTag]),
    },
    reads("ec2:DescribeNetworkInterfaces"),
  ];
}
