/** The provider as the gRPC service that the Pulumi engine talks to. */
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as providers from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { LocalProvider } from "./provider";
import { changedKeys, compact, type Properties } from "./values";

const read = (struct: Struct | undefined): Properties =>
  compact((struct?.toJavaScript() ?? {}) as Properties);
const written = (properties: Properties): Struct =>
  Struct.fromJavaScript(compact(properties) as Record<string, JavaScriptValue>);

/** Answers with what the work resolves to; an error becomes the engine's one-line diagnostic. */
const unary =
  <Request, Response>(work: (request: Request) => Promise<Response>) =>
  (call: grpc.ServerUnaryCall<Request, Response>, answer: grpc.sendUnaryData<Response>): void => {
    work(call.request).then(
      (response) => answer(null, response),
      (error: Error) => answer({ code: grpc.status.UNKNOWN, details: error.message }),
    );
  };

const about = (request: { getType(): string; getName(): string }) => ({
  type: request.getType(),
  name: request.getName(),
});

/**
 * Builds the service. What is left out (Construct, Call, List) answers UNIMPLEMENTED, and so there is
 * no refresh: the local organization begins anew with every run.
 */
export function service(provider: LocalProvider): grpc.UntypedServiceImplementation {
  return {
    handshake: unary(async () => new providers.ProviderHandshakeResponse()),
    getPluginInfo: unary(async () => new PluginInfo().setVersion("0.0.0-local")),
    getSchema: unary(async () => new providers.GetSchemaResponse().setSchema("{}")),
    attach: unary(async () => new Empty()),
    cancel: unary(async () => new Empty()),

    checkConfig: unary(async (request: providers.CheckRequest) =>
      new providers.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: unary(async (request: providers.DiffRequest) => {
      const response = new providers.DiffResponse();
      const olds = request.getOldInputs() ?? request.getOlds();
      const changed = changedKeys(read(olds), read(request.getNews()));
      const { DIFF_NONE, DIFF_SOME } = providers.DiffResponse.DiffChanges;
      return response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE).setDiffsList(changed);
    }),
    configure: unary(async (request: providers.ConfigureRequest) => {
      await provider.configure(read(request.getArgs()));
      return new providers.ConfigureResponse().setSupportspreview(true);
    }),

    check: unary(async (request: providers.CheckRequest) => {
      const { inputs, failures } = await provider.check(request.getType(), read(request.getNews()));
      return new providers.CheckResponse()
        .setInputs(written(inputs))
        .setFailuresList(
          failures.map(({ property, reason }) =>
            new providers.CheckFailure().setProperty(property).setReason(reason),
          ),
        );
    }),
    diff: unary(async (request: providers.DiffRequest) => {
      const changed = provider.diff(request.getType(), {
        state: read(request.getOlds()),
        olds: read(request.getOldInputs()),
        news: read(request.getNews()),
      });
      const { DIFF_NONE, DIFF_SOME } = providers.DiffResponse.DiffChanges;
      return new providers.DiffResponse()
        .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
        .setDiffsList(changed);
    }),
    create: unary(async (request: providers.CreateRequest) => {
      const inputs = read(request.getProperties());
      const { id, outputs } = await provider.create(about(request), inputs, request.getPreview());
      return new providers.CreateResponse().setId(id).setProperties(written(outputs));
    }),
    update: unary(async (request: providers.UpdateRequest) => {
      const outputs = await provider.update(about(request), {
        id: request.getId(),
        state: read(request.getOlds()),
        olds: read(request.getOldInputs()),
        news: read(request.getNews()),
        preview: request.getPreview(),
      });
      return new providers.UpdateResponse().setProperties(written(outputs));
    }),
    delete: unary(async (request: providers.DeleteRequest) => {
      await provider.delete(about(request), request.getId(), read(request.getProperties()));
      return new Empty();
    }),
    read: unary(async (request: providers.ReadRequest) => {
      // What the engine has in its state it would only refresh.
      if (request.getProperties()?.getFieldsMap().getLength()) {
        throw new Error("the local provider refreshes nothing");
      }
      const found = await provider.read(about(request), request.getId());
      const response = new providers.ReadResponse();
      return found === undefined
        ? response
        : response
            .setId(found.id)
            .setInputs(written(found.inputs))
            .setProperties(written(found.state));
    }),
    invoke: unary(async (request: providers.InvokeRequest) => {
      const answer = await provider.invoke(request.getTok(), read(request.getArgs()));
      return new providers.InvokeResponse().setReturn(written(answer));
    }),
  };
}
