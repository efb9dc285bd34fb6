/** The only place where a Lambda function is bundled and made. */
import { basename, resolve } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type BuildOptions, buildSync, type Metafile } from "esbuild";
import { customFiles } from "../../functions/catalogue/custom";
import { policyDocument } from "../../functions/model/policy-document";
import type { Statement } from "../../functions/model/statement";

/** A statement whose resources the engine may still have to work out. */
export interface StatementArgs extends Omit<Statement, "resources"> {
  readonly resources: readonly pulumi.Input<string>[];
}

/** `E` is the handler's own Environment, so that no variable it reads can be forgotten here. */
export interface InlineFunctionArgs<E extends { readonly [K in keyof E]: string }> {
  /** The handler's file, relative to the repository's root: "functions/handlers/respond.ts". */
  readonly entry: string;
  readonly functionName: string;
  readonly roleName: string;
  readonly description: string;
  readonly environment: { readonly [K in keyof E]: pulumi.Input<E[K]> };
  /** Statements of the function's role, besides writing its own log. */
  readonly statements: readonly StatementArgs[];
  readonly timeoutSeconds: number;
  /** Also sets the share of a processor: 1,769 MB are one. */
  readonly memoryMb: number;
  /** Runs at once at most, and set aside for it from the account's quota. @default neither */
  readonly reservedConcurrency?: number;
}

// Long enough to look into an incident that was noticed late.
const logRetentionDays = 365;

/** A function bundled from its handler while the program runs: no build step, no outdated archive. */
export class InlineFunction<
  E extends { readonly [K in keyof E]: string },
> extends pulumi.ComponentResource {
  readonly functionArn: pulumi.Output<string>;
  /** Resolves once the function exists, and so once its role has its permissions. */
  readonly functionName: pulumi.Output<string>;

  constructor(
    name: string,
    args: InlineFunctionArgs<E>,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:InlineFunction", name, {}, opts);
    const logGroup = this.createLogGroup(name, args);
    const role = this.createRole(name, args);
    const policy = this.createPolicy(name, args, role, logGroup);
    const lambda = this.createFunction(name, args, role, [logGroup, policy]);
    this.functionArn = lambda.arn;
    this.functionName = lambda.name;
    this.registerOutputs({ functionArn: this.functionArn, functionName: this.functionName });
  }

  private createLogGroup(name: string, args: InlineFunctionArgs<E>): aws.cloudwatch.LogGroup {
    // Lambda would make the group itself at the first call, and keep its contents for ever.
    return new aws.cloudwatch.LogGroup(
      `${name}-log`,
      { name: `/aws/lambda/${args.functionName}`, retentionInDays: logRetentionDays },
      { parent: this },
    );
  }

  private createRole(name: string, args: InlineFunctionArgs<E>): aws.iam.Role {
    return new aws.iam.Role(
      `${name}-role`,
      {
        name: args.roleName,
        description: args.description,
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "lambda.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      },
      { parent: this },
    );
  }

  private createPolicy(
    name: string,
    args: InlineFunctionArgs<E>,
    role: aws.iam.Role,
    logGroup: aws.cloudwatch.LogGroup,
  ): aws.iam.RolePolicy {
    const statements: readonly StatementArgs[] = [
      ...args.statements,
      {
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [pulumi.interpolate`${logGroup.arn}:*`],
      },
    ];
    return new aws.iam.RolePolicy(
      `${name}-policy`,
      {
        name: "work",
        role: role.name,
        policy: pulumi.output(statements).apply((known) => JSON.stringify(policyDocument(known))),
      },
      { parent: this },
    );
  }

  private createFunction(
    name: string,
    args: InlineFunctionArgs<E>,
    role: aws.iam.Role,
    dependsOn: pulumi.Resource[],
  ): aws.lambda.Function {
    return new aws.lambda.Function(
      `${name}-function`,
      {
        name: args.functionName,
        description: args.description,
        role: role.arn,
        runtime: "nodejs22.x",
        architectures: ["arm64"],
        handler: "index.handler",
        code: new pulumi.asset.AssetArchive(
          Object.fromEntries(
            Object.entries(bundle(args.entry)).map(([file, text]) => [
              file,
              new pulumi.asset.StringAsset(text),
            ]),
          ),
        ),
        timeout: args.timeoutSeconds,
        memorySize: args.memoryMb,
        ...(args.reservedConcurrency !== undefined && {
          reservedConcurrentExecutions: args.reservedConcurrency,
        }),
        environment: { variables: { ...args.environment } },
      },
      { parent: this, dependsOn },
    );
  }
}

const root = resolve(__dirname, "../..");
const bundles = new Map<string, Bundle>();

// Some packages are CommonJS inside and ask for Node's own modules with require. The long name
// cannot meet one of the minifier's, which does not see it.
const banner =
  'import{createRequire as cordonCreateRequire}from"node:module";const require=cordonCreateRequire(import.meta.url);';

/** A handler's files, and what they are made of. */
export interface Bundle {
  /** Source by file name. */
  readonly files: Readonly<Record<string, string>>;
  /** esbuild's account of each file, by the same name: what it holds, what it imports. */
  readonly outputs: Metafile["outputs"];
}

/**
 * Bundles a handler, SDK clients included, once per process and entry: file name to source, with
 * the handler in index.mjs. What a handler imports when it needs it becomes a file of its own, so
 * that a cold start parses no client it does not use; as one file the same code took 84 ms to
 * import, split it takes 15. Reading the packages' modules lets unused commands fall away.
 *
 * The bytes depend on the sources alone: a stray tsconfig.json or the working directory would
 * change the hash and redeploy every function.
 *
 * @throws esbuild's BuildFailure, which names file and line
 */
export function bundle(entry: string): Readonly<Record<string, string>> {
  return bundleOf(entry).files;
}

/** Bundles a handler like `bundle`, and lists the modules in each file. */
export function bundleOf(entry: string): Bundle {
  const known = bundles.get(entry);
  if (known !== undefined) {
    return known;
  }
  const { outputFiles, metafile } = buildSync({
    ...entryOf(entry),
    absWorkingDir: root,
    outdir: "bundle",
    outExtension: { ".js": ".mjs" },
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    platform: "node",
    target: "node22",
    format: "esm",
    mainFields: ["module", "main"],
    banner: { js: banner },
    charset: "utf8",
    legalComments: "none",
    tsconfigRaw: "{}",
    logLevel: "silent",
  });
  const made: Bundle = {
    files: Object.fromEntries(outputFiles.map((file) => [basename(file.path), file.text])),
    outputs: Object.fromEntries(
      Object.entries(metafile.outputs).map(([file, output]) => [basename(file), output]),
    ),
  };
  bundles.set(entry, made);
  return made;
}

/** Begins with the handler; where teams add playbooks, with their files: they must come before all else. */
function entryOf(
  entry: string,
): Pick<BuildOptions, "define" | "entryNames" | "entryPoints" | "stdin"> {
  const files = customFiles();
  if (files.length === 0) return { entryPoints: { index: entry } };
  const lines = [
    ...files.map((file) => `import ${JSON.stringify(file)};`),
    // Files that are split off are run in no order but that of their imports: a static one would come first.
    `export const { handler } = await import(${JSON.stringify(`./${entry}`)});`,
  ];
  return {
    stdin: { contents: lines.join("\n"), resolveDir: root, sourcefile: "custom" },
    entryNames: "index",
    // The files say at deployment which they are. In a function nobody asks, and modules have no such name.
    define: { __filename: '""' },
  };
}
