import type { GuestContext, Imports } from "../context.js";
import { HostTrap } from "../signals.js";

/** Methods that are there so that a component links. Nothing can call them, because no socket is ever made. */
const tcpMethods =
  "startBind finishBind startConnect finishConnect startListen finishListen accept localAddress remoteAddress isListening " +
  "addressFamily setListenBacklogSize keepAliveEnabled setKeepAliveEnabled keepAliveIdleTime setKeepAliveIdleTime " +
  "keepAliveInterval setKeepAliveInterval keepAliveCount setKeepAliveCount hopLimit setHopLimit receiveBufferSize " +
  "setReceiveBufferSize sendBufferSize setSendBufferSize subscribe shutdown";
const udpMethods =
  "startBind finishBind stream localAddress remoteAddress addressFamily unicastHopLimit setUnicastHopLimit " +
  "receiveBufferSize setReceiveBufferSize sendBufferSize setSendBufferSize subscribe";

/**
 * Offers wasi:sockets and opens nothing. CPython and other programs on a C library import all of it, whether they use it or not.
 * Creating a socket and looking up a name answer `access-denied`, and are reported as the hazard `socket`.
 */
export function sockets({ hazard }: GuestContext): Imports {
  const deny = (): never => {
    hazard("socket");
    throw "access-denied"; // what a function with a result throws is the error-code that the component gets
  };
  class Network {
    [Symbol.dispose](): void {}
  }

  return {
    "wasi:sockets/network": { Network, networkErrorCode: () => undefined },
    "wasi:sockets/instance-network": { instanceNetwork: () => new Network() },
    "wasi:sockets/ip-name-lookup": {
      resolveAddresses: deny,
      ResolveAddressStream: resourceWith("resolveNextAddress subscribe"),
    },
    "wasi:sockets/tcp-create-socket": { createTcpSocket: deny },
    "wasi:sockets/tcp": { TcpSocket: resourceWith(tcpMethods) },
    "wasi:sockets/udp-create-socket": { createUdpSocket: deny },
    "wasi:sockets/udp": {
      UdpSocket: resourceWith(udpMethods),
      IncomingDatagramStream: resourceWith("receive subscribe"),
      OutgoingDatagramStream: resourceWith("checkSend send subscribe"),
    },
  };
}

function resourceWith(methods: string): new () => object {
  class Resource {
    [Symbol.dispose](): void {}
  }
  for (const method of methods.split(" ")) {
    Object.defineProperty(Resource.prototype, method, {
      value() {
        throw new HostTrap(`${method} was called of a socket, and minigolem makes none`);
      },
    });
  }
  return Resource;
}
