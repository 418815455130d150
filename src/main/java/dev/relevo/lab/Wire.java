package dev.relevo.lab;

import dev.relevo.pg.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A network between clients and a server of the lab that can be cut, or go silent: a port of its
 * own, whatever comes there is passed on.
 */
public final class Wire implements AutoCloseable {
    private static final int BUFFER = 128 << 10;

    private final ServerSocket listener;
    private final int server;
    private final Collection<Pair> pairs = new ConcurrentLinkedQueue<>();
    private final Set<Way> silent = EnumSet.noneOf(Way.class);

    /** Where bytes go. */
    public enum Way {
        TO_SERVER,
        TO_CLIENT
    }

    /** Who is connected with whom. */
    private record Pair(Socket client, Socket server) {}

    private Wire(ServerSocket listener, int server) {
        this.listener = listener;
        this.server = server;
    }

    /** Begins to pass on to a server's port. */
    public static Wire to(int server) {
        try {
            Wire wire =
                    new Wire(
                            new ServerSocket(Ports.free(), 50, InetAddress.getLoopbackAddress()),
                            server);
            Thread.ofPlatform().daemon().name("relevo-wire-" + server).start(wire::accept);
            return wire;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** The same database, reached through this. */
    public Endpoint through(Endpoint there) {
        return new Endpoint(
                "127.0.0.1",
                port(),
                there.database(),
                there.user(),
                there.password(),
                there.parameters());
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                try {
                    Socket there = new Socket(InetAddress.getLoopbackAddress(), server);
                    client.setTcpNoDelay(true);
                    there.setTcpNoDelay(true);
                    Pair pair = new Pair(client, there);
                    pairs.add(pair);
                    // Of the platform: each waits for bytes all the time.
                    Thread.ofPlatform()
                            .daemon()
                            .start(() -> pass(pair, client, there, Way.TO_SERVER));
                    Thread.ofPlatform()
                            .daemon()
                            .start(() -> pass(pair, there, client, Way.TO_CLIENT));
                } catch (IOException e) {
                    // The server is down: so is then what leads to it.
                    reset(client);
                }
            } catch (IOException e) {
                // Closed, or a client that did not wait.
                assert e != null;
            }
        }
    }

    /** As long as both are there; a pair that was cut keeps its server's side. */
    private void pass(Pair pair, Socket from, Socket to, Way way) {
        byte[] buffer = new byte[BUFFER];
        try {
            for (int n = from.getInputStream().read(buffer);
                    n >= 0;
                    n = from.getInputStream().read(buffer)) {
                awaitSpeech(way);
                to.getOutputStream().write(buffer, 0, n);
            }

        } catch (IOException e) {
            // One of them is gone; then so is the other, below.
            assert e != null;
        }
        awaitSpeech(way); // nor does the end of a connection get through
        if (pairs.remove(pair)) {
            close(pair.client());
            close(pair.server());
        }
    }

    private void awaitSpeech(Way way) {
        synchronized (silent) {
            while (silent.contains(way) && !listener.isClosed()) {
                try {
                    silent.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /**
     * From now on nothing gets through, and nobody is told: connections stay open, new ones are
     * taken and not answered. What is sent meanwhile arrives when it {@link #speak speaks} again.
     *
     * @param ways in these directions
     */
    public void fallSilent(Set<Way> ways) {
        synchronized (silent) {
            silent.addAll(ways);
        }
    }

    /** In both directions. */
    public void fallSilent() {
        fallSilent(EnumSet.allOf(Way.class));
    }

    /**
     * What the server's keepalives would do by now if the network were silent: its sides of all
     * connections end. The clients hear of it when the wire speaks again.
     */
    public void letServerNotice() {
        pairs.forEach(pair -> reset(pair.server()));
    }

    /**
     * Ends every connection on the server's side, and never tells the client; new ones get through.
     */
    public void strand() {
        for (Pair pair : List.copyOf(pairs)) {
            if (pairs.remove(pair)) {
                reset(pair.server());
            }
        }
    }

    /** Everything gets through again, first what was sent meanwhile. */
    public void speak() {
        synchronized (silent) {
            silent.clear();
            silent.notifyAll();
        }
    }

    /**
     * Cuts every connection.
     *
     * @param silently whether the server is left without a word: its side stays open until what
     *     this returns is closed
     */
    public List<Socket> cut(boolean silently) {
        List<Socket> left = new ArrayList<>();
        for (Pair pair : List.copyOf(pairs)) {
            if (pairs.remove(pair)) {
                reset(pair.client());
                if (silently) {
                    left.add(pair.server());
                } else {
                    reset(pair.server());
                }
            }
        }
        return left;
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It is closed already.
            assert e != null;
        }
        close(socket);
    }

    static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more, closed or not.
            assert e != null;
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        speak();
        cut(false);
    }
}
