/** The accounts and regions of the local organization. */

export interface Account {
  readonly id: string;
  readonly name: string;
  /** Set and unset by what plays an account that AWS has suspended. @default "ACTIVE" */
  state?: "SUSPENDED";
}

export const organizationId = "o-cordonlocal";
export const management: Account = { id: "111122223333", name: "management" };

/**
 * The emulator answers any key it does not know as account 123456789012. The gateway refuses such
 * keys; giving the number to the security account makes a slip visible instead of silent.
 */
export const security: Account = { id: "123456789012", name: "security" };
export const members: readonly Account[] = [
  { id: "222233334444", name: "shop-production" },
  { id: "333344445555", name: "data-platform" },
];
/** The initial accounts of the organization; membership also knows those that join later. */
export const accounts: readonly Account[] = [management, security, ...members];
/** An account outside the organization until a drill lets it join. */
export const newcomer: Account = { id: "666677778888", name: "newcomer" };

export interface OrganizationalUnit {
  readonly id: string;
  readonly name: string;
  /** The accounts directly in it from the start. */
  readonly accounts: readonly Account[];
}

/** The root: it contains every unit, and every account that is in no unit. */
export const rootId = "r-cord";
export const organizationalUnits: readonly OrganizationalUnit[] = [
  { id: "ou-cord-security", name: "security", accounts: [security] },
  { id: "ou-cord-workloads", name: "workloads", accounts: members },
];

export const homeRegion = "us-east-1";
export const governedRegions: readonly string[] = ["us-east-1", "eu-west-1"];

/** The role that deploys: in the security account, and through that one in the others. */
export const deploymentRole = "cordon-deploy";
