/** Takes ARNs apart and puts them together. */

export interface Arn {
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** Splits an ARN; throws on text that is none. */
export function fromArn(value: string): Arn {
  const match = /^arn:[^:]+:([^:]+):([^:]*):([^:]*):(.+)$/.exec(value);
  if (!match) throw new Error(`"${value}" is not an ARN`);
  const [, service = "", region = "", account = "", resource = ""] = match;
  return { service, region, account, resource };
}

export function toArn(service: string, region: string, account: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}
