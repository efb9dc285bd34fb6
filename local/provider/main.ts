/** Serves the provider on a free port of this machine and prints the port, as the engine expects. */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { LocalProvider } from "./provider";
import { registry } from "./registry";
import { service } from "./service";

// Lambda code travels inside the request; the default limit is 4 MiB.
const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
server.addService(
  ResourceProviderService,
  service(new LocalProvider(registry, process.env.CORDON_RECORDED_FILE)),
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});
