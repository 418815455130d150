package dev.relevo.pg;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The lists {@code host}, {@code hostaddr} and {@code port}, brought together: as many ports as
 * hosts, or one for all.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS">Specifying
 *     Multiple Hosts</a>
 */
record HostList(List<Host> hosts) {
    static final int DEFAULT_PORT = 5432;

    /** One element of each list; name or address may be empty. */
    record Host(String name, String address, int port) {}

    static HostList of(Map<String, String> values) {
        List<String> addresses = split(values.getOrDefault("hostaddr", ""));
        List<String> names = split(values.getOrDefault("host", ""));
        List<String> ports = split(values.getOrDefault("port", ""));
        boolean addressed = !values.getOrDefault("hostaddr", "").isEmpty();
        boolean named = !values.getOrDefault("host", "").isEmpty();
        int count = addressed ? addresses.size() : names.size();
        if (addressed && named && names.size() != count) {
            throw mismatch(names.size() + " host names to " + count + " hostaddr values");
        }
        if (ports.size() != 1 && ports.size() != count) {
            throw mismatch(ports.size() + " port numbers to " + count + " hosts");
        }
        List<Host> hosts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            hosts.add(
                    new Host(
                            named ? checked(names.get(i)) : "",
                            addressed ? addresses.get(i) : "",
                            port(ports.get(ports.size() == 1 ? 0 : i))));
        }
        return new HostList(List.copyOf(hosts));
    }

    private static List<String> split(String list) {
        return List.of(list.split(",", -1));
    }

    private static String checked(String name) {
        if (name.startsWith("@")) {
            throw Conninfo.invalid(
                    "abstract Unix sockets are not supported",
                    "",
                    "Name the directory of an ordinary socket, or a host.");
        }
        if (name.contains("@") && !name.startsWith("/")) {
            // Most likely the rest of a password, therefore not shown.
            throw Conninfo.invalid(
                    "host name holds an \"@\"",
                    "the user and the password end at the first \"@\" of a connection URI",
                    "Write an \"@\" inside a password as %40, or put the password into ~/.pgpass.");
        }
        return name;
    }

    private static int port(String text) {
        String digits = text.strip();
        if (text.isEmpty()) {
            return DEFAULT_PORT;
        }
        if (digits.matches("[+-]?[0-9]{1,9}")) {
            int port = Integer.parseInt(digits);
            if (port >= 1 && port <= 65_535) {
                return port;
            }
            throw Conninfo.invalid(
                    "invalid port number \"" + digits + '"', "", "A port is between 1 and 65535.");
        }
        // Not shown: "user:pass/word@host" makes a piece of the password the port.
        throw Conninfo.invalid(
                "invalid port number: not an integer",
                "",
                "A port is between 1 and 65535; inside a URI write a \"/\" of a password as %2F.");
    }

    private static RuntimeException mismatch(String what) {
        return Conninfo.invalid(
                "could not match " + what, "", "Give one port for all hosts, or one for each.");
    }
}
