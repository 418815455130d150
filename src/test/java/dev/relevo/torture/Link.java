package dev.relevo.torture;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The network between one party and one server: a port of its own, whatever comes there is passed
 * on. It can be cut, fall silent, be slow, or lose one half of each connection. It may also change
 * the statements that pass, which is how a step of the handover is left out from outside.
 */
final class Link implements AutoCloseable {
    private static final int BUFFER = 64 << 10;
    private static final int MILLION = 1_000_000;

    /** What a startup packet begins with that asks for encryption; "no" is the answer here. */
    private static final int SSL = 80877103;

    private static final int GSS = 80877104;

    private enum State {
        UP,
        CUT,
        SILENT
    }

    private final ServerSocket listener;
    private final int server;
    private final Collection<Pair> pairs = new ConcurrentLinkedQueue<>();
    private final Collection<Socket> orphans = new ConcurrentLinkedQueue<>();
    private volatile UnaryOperator<String> rewrite = UnaryOperator.identity();
    private volatile @Nullable Consumer<String> witness;
    private volatile State state = State.UP;
    private volatile long delayMillis;

    private record Pair(Socket client, Socket server) {}

    private Link(ServerSocket listener, int server) {
        this.listener = listener;
        this.server = server;
    }

    /** Begins to pass on to a server's port. */
    static Link to(int server) {
        try {
            Link link =
                    new Link(new ServerSocket(0, 200, InetAddress.getLoopbackAddress()), server);
            Thread.ofPlatform().daemon().name("link-" + server).start(link::accept);
            return link;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    /** From now on every statement of the clients passes through this. */
    void rewriting(UnaryOperator<String> change) {
        rewrite = change;
    }

    /** Sees every statement before it is passed on, and may take its time. */
    void watching(@Nullable Consumer<String> eyes) {
        witness = eyes;
    }

    /** Every connection is reset, and so is each new one, until {@link #restore}. */
    void cut() {
        state = State.CUT;
        for (Pair pair : List.copyOf(pairs)) {
            if (pairs.remove(pair)) {
                reset(pair.client());
                reset(pair.server());
            }
        }
    }

    /** Nothing passes any more, in either direction, and nobody is told. */
    void silence() {
        state = State.SILENT;
    }

    /** Each client loses its connections; the server keeps its ends, and hears nothing. */
    void halfOpen() {
        state = State.CUT;
        for (Pair pair : List.copyOf(pairs)) {
            if (pairs.remove(pair)) {
                orphans.add(pair.server());
                reset(pair.client());
            }
        }
    }

    /** Everything that passes is late. */
    void slow(long millis) {
        delayMillis = millis;
    }

    /** The line is back. What was silent goes on; ends without another end are closed. */
    void restore() {
        delayMillis = 0;
        state = State.UP;
        for (Socket orphan : List.copyOf(orphans)) {
            orphans.remove(orphan);
            close(orphan);
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Thread.ofVirtual().start(() -> join(client));
            } catch (IOException e) {
                // Closed, or a client that did not wait.
                assert e != null;
            }
        }
    }

    private void join(Socket client) {
        try {
            while (state == State.SILENT && !listener.isClosed()) {
                LockSupport.parkNanos(MILLION);
            }
            if (state == State.CUT || listener.isClosed()) {
                reset(client);
                return;
            }
            Socket there = new Socket(InetAddress.getLoopbackAddress(), server);
            client.setTcpNoDelay(true);
            there.setTcpNoDelay(true);
            Pair pair = new Pair(client, there);
            pairs.add(pair);
            Thread.ofPlatform().daemon().start(() -> run(pair, () -> statements(pair)));
            Thread.ofPlatform().daemon().start(() -> run(pair, () -> answers(pair)));
        } catch (IOException e) {
            // The server is down: so is then what leads to it.
            reset(client);
        }
    }

    private interface Passing {
        void pass() throws IOException;
    }

    private void run(Pair pair, Passing passing) {
        try {
            passing.pass();
        } catch (IOException e) {
            // One end is gone; then so is the other, below.
            assert e != null;
        }
        if (pairs.remove(pair)) {
            close(pair.client());
            close(pair.server());
        }
    }

    private void answers(Pair pair) throws IOException {
        InputStream from = pair.server().getInputStream();
        OutputStream to = pair.client().getOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
            hold();
            to.write(buffer, 0, n);
        }
    }

    /** Message by message, because their texts may change. */
    private void statements(Pair pair) throws IOException {
        DataInputStream from = new DataInputStream(pair.client().getInputStream());
        DataOutputStream to = new DataOutputStream(pair.server().getOutputStream());
        int code;
        do {
            byte[] packet = from.readNBytes(from.readInt() - 4);
            hold();
            code = java.nio.ByteBuffer.wrap(packet).getInt();
            send(to, -1, packet);
        } while (code == SSL || code == GSS);
        for (int type = from.read(); type >= 0; type = from.read()) {
            byte[] body = from.readNBytes(from.readInt() - 4);
            if (type == 'Q' || type == 'P') {
                body = rewritten(type, body);
            }
            hold();
            send(to, type, body);
        }
    }

    private static void send(DataOutputStream to, int type, byte[] body) throws IOException {
        java.nio.ByteBuffer message = java.nio.ByteBuffer.allocate(5 + body.length);
        if (type >= 0) {
            message.put((byte) type);
        }
        message.putInt(body.length + 4).put(body);
        to.write(message.array(), 0, message.position());
    }

    /** The text of a Query, or of a Parse behind the statement's name. */
    private byte[] rewritten(int type, byte[] body) {
        int begin = 0;
        if (type == 'P') {
            while (body[begin] != 0) {
                begin++;
            }
            begin++;
        }
        int end = begin;
        while (body[end] != 0) {
            end++;
        }
        String text = new String(body, begin, end - begin, StandardCharsets.UTF_8);
        Consumer<String> eyes = witness;
        if (eyes != null) {
            eyes.accept(text);
        }
        String changed = rewrite.apply(text);
        if (changed.equals(text)) {
            return body;
        }
        byte[] middle = changed.getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(body, begin + middle.length + body.length - end);
        System.arraycopy(middle, 0, all, begin, middle.length);
        System.arraycopy(body, end, all, begin + middle.length, body.length - end);
        return all;
    }

    /** Waits out a silence and a delay. */
    private void hold() throws IOException {
        long millis = delayMillis;
        if (millis > 0) {
            LockSupport.parkNanos(millis * MILLION);
        }
        while (state == State.SILENT) {
            if (listener.isClosed()) {
                throw new IOException("closed");
            }
            LockSupport.parkNanos(MILLION);
        }
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

    private static void close(Closeable socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more, closed or not.
            assert e != null;
        }
    }

    @Override
    public void close() {
        close(listener);
        cut();
        new ArrayList<>(orphans).forEach(Link::close);
    }
}
