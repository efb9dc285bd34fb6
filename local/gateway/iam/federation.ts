/** Judges trust policies that admit users of SAML and OpenID Connect providers. */
import { list } from "../wire/protocol";

interface TrustStatement {
  readonly Effect?: string;
  readonly Principal?: { readonly Federated?: unknown };
  readonly Action?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Says why a trust policy does not admit a provider's user; undefined when it does. The policy
 * library judges no federated principal, so this reads the few forms that identity providers'
 * set-up guides give; anything else is refused rather than guessed.
 */
export function federationRefused(
  trust: object,
  action: string,
  provider: string,
  claims: Readonly<Record<string, string>>,
): string | undefined {
  const said = new Map(Object.entries(claims).map(([key, value]) => [key.toLowerCase(), value]));
  const statements = list<TrustStatement>((trust as { Statement?: unknown }).Statement);
  if (statements.some(({ Effect }) => Effect !== "Allow")) {
    return "the local organization does not judge denials of federation";
  }
  const fitting = statements.filter(
    (statement) =>
      list(statement.Action).includes(action) &&
      list(statement.Principal?.Federated).includes(provider),
  );
  if (fitting.length === 0) return `the trust policy does not allow it ${action}`;
  const met = fitting.some(({ Condition = {} }) =>
    Object.entries(Condition).every(
      ([operator, keys]) =>
        operator === "StringEquals" &&
        Object.entries(keys).every(([key, values]) =>
          list(values).includes(said.get(key.toLowerCase())),
        ),
    ),
  );
  return met ? undefined : "the trust policy's conditions are not met";
}
