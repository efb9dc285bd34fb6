/** Checks which services may act in the organization, and which the security account administers. */
import {
  ListAWSServiceAccessForOrganizationCommand,
  ListDelegatedServicesForAccountCommand,
} from "@aws-sdk/client-organizations";
import { command } from "../../functions/model/command";
import type { Settings } from "../../settings";
import type { Clients } from "./clients";
import { fail, notYet, ok, readIfThere, readPages, type Verdict, warn } from "./finding";

/** A service that works across the organization. */
interface TrustedService {
  /** The name under which it is trusted. */
  readonly principal: string;
  readonly lost: string;
  /** A deployment with these settings brings about what is missing. */
  readonly brought: boolean;
  /** Without it Cordon misses what it reports, and protects no member from that. */
  readonly needed: boolean;
}

const stackSets = "member.org.stacksets.cloudformation.amazonaws.com";

/** Lists the services that a stack with these settings uses across the organization. */
function trustedServices(settings: Settings): readonly TrustedService[] {
  const brought = settings.detection === "managed";
  return [
    {
      principal: stackSets,
      lost:
        settings.memberDeployment === "stack-sets"
          ? "accounts that join later get no member baseline"
          : "the security account may ask nothing about the organization's accounts",
      brought: true,
      needed: true,
    },
    {
      principal: "guardduty.amazonaws.com",
      lost: "no finding of the members arrives",
      brought,
      needed: true,
    },
    {
      principal: "securityhub.amazonaws.com",
      lost: "the members' findings are not in Security Hub, so analysts cannot request containment there",
      brought,
      needed: false,
    },
    ...(settings.conformancePack === "deploy"
      ? [
          {
            principal: "config-multiaccountsetup.amazonaws.com",
            lost: "the organization's posture rules cannot be deployed",
            brought: true,
            needed: true,
          },
        ]
      : []),
  ];
}

/** Asks which services may act in the organization's accounts. */
export async function trustedAccess(
  { organizations }: Clients,
  settings: Settings,
  deployed: boolean,
): Promise<readonly Verdict[]> {
  const pages = await readPages("organizations:ListAWSServiceAccessForOrganization", (from) =>
    organizations.send(new ListAWSServiceAccessForOrganizationCommand(from)),
  );
  const enabled = pages.flatMap((page) => names(page.EnabledServicePrincipals));
  return judged(settings, enabled, "trusted", (service) => {
    const detail = `${service.principal} is not trusted in the organization: ${service.lost}`;
    // Of these one alone cannot be enabled by way of Organizations, and so by no deployment.
    return service.principal === stackSets
      ? fail(
          detail,
          "Run aws cloudformation activate-organizations-access in the management account.",
        )
      : missing(
          service,
          deployed,
          detail,
          `Run ${command`aws organizations enable-aws-service-access --service-principal ${service.principal}`} in the management account`,
        );
  });
}

/** Asks for which services the security account is the delegated administrator. */
export async function delegatedAdministrator(
  { organizations }: Clients,
  settings: Settings,
  deployed: boolean,
): Promise<readonly Verdict[]> {
  const { securityAccount } = settings;
  const delegated: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await readIfThere(
      "organizations:ListDelegatedServicesForAccount",
      organizations.send(
        new ListDelegatedServicesForAccountCommand({
          AccountId: securityAccount,
          ...(NextToken && { NextToken }),
        }),
      ),
      // It administers nothing.
      "AccountNotRegisteredException",
    );
    delegated.push(...names(page?.DelegatedServices));
    NextToken = page?.NextToken;
  } while (NextToken !== undefined);
  return judged(settings, delegated, "administered from here", (service) =>
    missing(
      service,
      deployed,
      `${service.principal} is not administered from here: ${service.lost}`,
      `Run ${command`aws organizations register-delegated-administrator --account-id ${securityAccount} --service-principal ${service.principal}`} in the management account`,
    ),
  );
}

function judged(
  settings: Settings,
  present: readonly string[],
  so: string,
  verdict: (service: TrustedService) => Verdict,
): readonly Verdict[] {
  const services = trustedServices(settings);
  const absent = services.filter(({ principal }) => !present.includes(principal));
  return absent.length === 0
    ? [ok(`all ${services.length} services are ${so}`)]
    : absent.map(verdict);
}

/** Judges each service: what no deployment enables is a failure before the first one, too. */
function missing(
  { brought, needed }: TrustedService,
  deployed: boolean,
  detail: string,
  todo: string,
): Verdict {
  if (brought) return notYet(deployed, detail, `${todo}, or deploy.`);
  return needed ? fail(detail, `${todo}.`) : warn(detail, `${todo}.`);
}

function names(
  found: readonly { readonly ServicePrincipal?: string | undefined }[] = [],
): readonly string[] {
  return found.flatMap(({ ServicePrincipal }) => ServicePrincipal ?? []);
}
