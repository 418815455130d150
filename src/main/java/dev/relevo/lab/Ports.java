package dev.relevo.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** TCP ports for throw-away servers. */
final class Ports {
    /** Below 32768, where Linux begins to hand out ports to clients. */
    private static final int FROM = 20_000;

    private static final int TO = 32_000;

    private Ports() {}

    /** A port nobody listens on at this moment. */
    static int free() {
        for (int attempt = 0; attempt < 100; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(FROM, TO);
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // Taken: the next attempt tries another.
                assert e != null;
            }
        }
        throw Command.failed("lab-port", "no free port between 20000 and 32000", "");
    }
}
