package dev.relevo.pg;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/**
 * Sockets for the libpq parameters pgjdbc has no words for: {@code hostaddr} and {@code
 * keepalives_idle}, {@code keepalives_interval} (both in seconds) and {@code keepalives_count}.
 *
 * <p>With {@code hostaddr} the host's name is not looked up, yet stays the name that a certificate
 * is compared with. Public only because pgjdbc makes it by name.
 */
public final class TunedSocketFactory extends SocketFactory {
    private static final Set<String> KEYWORDS =
            Set.of("hostaddr", "keepalives_idle", "keepalives_interval", "keepalives_count");

    private final Map<String, String> values;

    /**
     * @param argument as {@link #argument} wrote it
     */
    public TunedSocketFactory(String argument) {
        values = new HashMap<>();
        for (String part : argument.split(";", -1)) {
            int equals = part.indexOf('=');
            values.put(part.substring(0, equals), part.substring(equals + 1));
        }
    }

    /** The constructor's argument, or nothing when ordinary sockets will do. */
    static Optional<String> argument(Map<String, String> parameters) {
        Map<String, String> tuned = new TreeMap<>(parameters);
        tuned.keySet().retainAll(KEYWORDS);
        return tuned.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        tuned.entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue().strip())
                                .collect(Collectors.joining(";")));
    }

    @Override
    public Socket createSocket() throws IOException {
        Socket socket = new RedirectedSocket(values.getOrDefault("hostaddr", ""));
        set(socket, "keepalives_idle", ExtendedSocketOptions.TCP_KEEPIDLE);
        set(socket, "keepalives_interval", ExtendedSocketOptions.TCP_KEEPINTERVAL);
        set(socket, "keepalives_count", ExtendedSocketOptions.TCP_KEEPCOUNT);
        return socket;
    }

    private void set(Socket socket, String keyword, java.net.SocketOption<Integer> option)
            throws IOException {
        int value = ParameterSupport.integer(keyword, values.getOrDefault(keyword, "0"));
        if (value > 0) {
            socket.setOption(option, value);
        }
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
            throws IOException {
        throw new UnsupportedOperationException("sockets with a local address");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        try {
            return connected(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Socket createSocket(
            InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw new UnsupportedOperationException("sockets with a local address");
    }

    private Socket connected(InetSocketAddress address) throws IOException {
        Socket socket = createSocket();
        socket.connect(address);
        return socket;
    }

    /** Connects to one address, whatever host it is asked for. */
    private static final class RedirectedSocket extends Socket {
        private final String address;

        RedirectedSocket(String address) {
            this.address = address;
        }

        @Override
        public void connect(SocketAddress asked, int timeout) throws IOException {
            boolean redirect = !address.isEmpty() && asked instanceof InetSocketAddress;
            super.connect(
                    redirect
                            ? new InetSocketAddress(address, ((InetSocketAddress) asked).getPort())
                            : asked,
                    timeout);
        }
    }
}
