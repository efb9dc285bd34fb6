/** Says what an imported finding is about, whose word it is, and how a person contains what it names. */
import { guardDutyProduct } from "../catalogue/security-hub-imports";
import { plain, unlinked } from "../model/plain-text";
import { isRegional, type Place, resourceName } from "../model/resource";
import { type AsffFinding, type AsffResource, placeOf, productArn } from "./asff";
import { accountOf, targetOf } from "./asff-target";
import { containableAs, containIfRight } from "./contain-command";
import { nameShape } from "./credentials";
import type { Advice } from "./detected";

/** A product by its ARN. */
export interface Product {
  readonly arn: string;
  /** "aws/inspector", or "222233334444/default" of an account's own. */
  readonly path: string;
  /** With the name that the finding gives it: "Inspector (aws/inspector)". */
  readonly words: string;
  /** AWS's own, whose findings no account can import or overwrite. */
  readonly isAws: boolean;
  readonly isGuardDuty: boolean;
  /** The account that this is the own product of. */
  readonly account: string | undefined;
}

/** Reads the product; undefined where its ARN is none. */
export function productOf({ ProductArn = "", ProductName = "" }: AsffFinding): Product | undefined {
  const [arn, owner, path] = productArn.exec(ProductArn) ?? [];
  if (arn === undefined || path === undefined) return undefined;
  const isAws = owner === undefined && path.startsWith("aws/");
  const name = plain(unlinked(ProductName), 60);
  return {
    arn,
    path,
    words: name === "" ? path : `${name} (${path})`,
    isAws,
    isGuardDuty: isAws && path === guardDutyProduct,
    account: /^\d{12}(?=\/)/.exec(path)?.[0],
  };
}

/** The resource that an imported finding is about: the first that a playbook contains, or else the first. */
export interface About {
  readonly resource: AsffResource;
  /** In words: "i-0123456789abcdef0", "user deploy", or its type and id. */
  readonly name: string;
  /** What `npx cordon contain` takes for it. */
  readonly contained?: string;
  /** It is in one region, which the command has to name. */
  readonly isRegional?: true;
  /** It does nothing by itself: its settings contain it. */
  readonly isActedOn?: true;
  /** What to do about it where it is no target of itself. */
  readonly steps?: readonly string[];
  readonly place: Place;
}

export function aboutOf(found: AsffFinding): About {
  const all = found.Resources.map((resource) => readResource(resource, found));
  // Beside an instance or a user, a bucket is what was done to it.
  const acting = all.find(({ contained, isActedOn }) => contained !== undefined && !isActedOn);
  const about = acting ?? all[0];
  if (about === undefined) throw new Error("A parsed finding has a resource");
  return about;
}

function readResource(resource: AsffResource, found: AsffFinding): About {
  const placed = placeOf(found, resource);
  const { place } = placed;
  const name = plain(`${resource.Type} ${resource.Id}`, 120);
  const target = targetOf(resource, placed);
  if (target?.kind === "resource") {
    const { resource: about } = target;
    return {
      resource,
      place: target.place,
      name: about.kind === "instance" ? about.id : resourceName(about),
      contained: containableAs(about),
      ...(isRegional(about) && { isRegional: true }),
      ...(about.kind === "resource" && { isActedOn: true }),
    };
  }
  if (target?.kind === "advice") {
    return { resource, place, name: target.resource, steps: target.advice.manualSteps };
  }
  const named = principalIn(resource);
  if (named !== undefined && resource.Type === "AwsIamUser") {
    return { resource, place, name: `user ${named}`, contained: `user/${named}` };
  }
  if (named !== undefined) {
    const { account } = place;
    const steps = [
      `Find in CloudTrail which session of role ${named} it is about. ${containIfRight(`session/${named}/SESSION`, { account })}`,
    ];
    return { resource, place, name: `role ${named}`, steps };
  }
  return { resource, place, name };
}

/** Reads the name of a user or role out of its ARN, its short ARN or itself. */
function principalIn({ Type, Id }: AsffResource): string | undefined {
  const kind = Type === "AwsIamUser" ? "user" : Type === "AwsIamRole" ? "role" : undefined;
  const [first = "", ...rest] = Id.split("/");
  const name = rest.at(-1) ?? first;
  if (kind === undefined || !nameShape.test(name)) return undefined;
  const isOfKind = first === kind || first.replace(/^arn:aws:iam::\d{12}:/, "") === kind;
  return rest.length === 0 || isOfKind ? name : undefined;
}

/** Says why Cordon contains nothing, and what to do. */
export function adviceOn(found: AsffFinding, product: Product, about: About): Advice {
  const own = found.AwsAccountId;
  const accounts = [product.account, ...found.Resources.map(accountOf)];
  const other = accounts.find((account) => account !== undefined && account !== own);
  const closedAs = found.Workflow?.Status;
  return {
    why:
      other === undefined
        ? "Security Hub imported the finding, and Cordon contains nothing because of an imported finding alone"
        : `The finding is of account ${own}, and names a product or a resource of account ${plain(other, 20)}: no account may aim Cordon at another`,
    manualSteps: [
      ...(other === undefined
        ? howToContain(about)
        : ["Find who imported the finding, before you contain anything that it names."]),
      ...(product.isAws
        ? []
        : [
            `Ask who runs ${product.words}: whoever may import findings in account ${own} can have written this one.`,
          ]),
      ...(closedAs === "RESOLVED" || closedAs === "SUPPRESSED"
        ? [
            `Find out who closed it as ${closedAs}: whoever may update findings in account ${own} can, and Cordon had not notified you of it.`,
          ]
        : []),
      `Find it in Security Hub by its id: ${unlinked(plain(found.Id, 512))}`,
    ],
  };
}

function howToContain(about: About): readonly string[] {
  const { contained, resource, steps, place } = about;
  if (contained !== undefined) {
    return [containIfRight(contained, about.isRegional ? place : { account: place.account })];
  }
  return (
    steps ?? [`No playbook contains ${plain(resource.Type, 60)}: follow its product's advice.`]
  );
}
