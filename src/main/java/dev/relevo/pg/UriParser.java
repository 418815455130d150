package dev.relevo.pg;

import dev.relevo.problem.ProblemException;
import java.util.List;

/**
 * Reads {@code postgresql://user:password@host:port,host:port/dbname?key=value}: a port of libpq's
 * {@code conninfo_uri_parse_options}, which is not RFC 3986 to the letter.
 *
 * @see <a
 *     href="https://github.com/postgres/postgres/blob/master/src/interfaces/libpq/fe-connect.c">fe-connect.c</a>
 */
final class UriParser {
    private static final List<String> PREFIXES = List.of("postgresql://", "postgres://");
    private static final String UNKNOWN = "invalid URI query parameter %s";

    private final String text;
    private final ConninfoText values = new ConninfoText();
    private int at;

    private UriParser(String uri) {
        this.text = ConninfoText.bytes(uri);
        this.at = prefixLength(uri);
    }

    /** Zero when {@code text} is not a URI. */
    static int prefixLength(String text) {
        return PREFIXES.stream().filter(text::startsWith).mapToInt(String::length).sum();
    }

    static Conninfo parse(String uri) {
        return new UriParser(uri).all();
    }

    private Conninfo all() {
        credentials();
        hosts();
        if (peek('/')) {
            at++;
            put("dbname", upTo("?"));
        }
        if (peek('?')) {
            at++;
            parameters();
        }
        return values.done();
    }

    /** Up to the first {@code @}, if there is one before the first slash. */
    private void credentials() {
        int end = at;
        while (end < text.length() && "@/".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        if (end == text.length() || text.charAt(end) != '@') {
            return;
        }
        put("user", upTo(":@"));
        if (peek(':')) {
            at++;
            put("password", upTo("@"));
        }
        at++;
    }

    private void hosts() {
        StringBuilder hosts = new StringBuilder();
        StringBuilder ports = new StringBuilder();
        while (true) {
            hosts.append(peek('[') ? bracketed() : upTo(":/?,"));
            if (peek(':')) {
                at++;
                ports.append(upTo("/?,"));
            }
            if (!peek(',')) {
                break;
            }
            at++;
            hosts.append(',');
            ports.append(',');
        }
        put("host", hosts.toString());
        put("port", ports.toString());
    }

    private String bracketed() {
        at++;
        String address = upTo("]");
        if (!peek(']')) {
            throw malformed("missing \"]\" after an IPv6 address");
        }
        if (address.isEmpty()) {
            throw malformed("an IPv6 address is empty");
        }
        at++;
        if (at < text.length() && ":/?,".indexOf(text.charAt(at)) < 0) {
            throw malformed("unexpected character after the \"]\" of an IPv6 address");
        }
        return address;
    }

    private void parameters() {
        while (at < text.length()) {
            String keyword = upTo("=&");
            if (!peek('=')) {
                String shown = values.shown(keyword);
                throw malformed("missing \"=\" in query parameter " + shown);
            }
            at++;
            String value = upTo("=&");
            if (peek('=')) {
                String shown = values.shown(keyword);
                throw malformed("a second \"=\" in query parameter " + shown);
            }
            at++;
            keyword = decode("a query parameter", keyword);
            value = decode(keyword, value);
            boolean ssl = keyword.equals("ssl") && value.equals("true");
            values.put(ssl ? "sslmode" : keyword, ssl ? "require" : value, UNKNOWN);
        }
    }

    /** An empty part is the same as none, so that the environment may fill it in. */
    private void put(String keyword, String encoded) {
        if (!encoded.isEmpty()) {
            values.put(keyword, decode(keyword, encoded), UNKNOWN);
        }
    }

    /** What comes before the first of {@code ends}, which is left to be read. */
    private String upTo(String ends) {
        int start = at;
        while (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    private String decode(String keyword, String encoded) {
        StringBuilder decoded = new StringBuilder(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c == '%') {
                int high = i + 1 < encoded.length() ? hex(encoded.charAt(i + 1)) : -1;
                int low = i + 2 < encoded.length() ? hex(encoded.charAt(i + 2)) : -1;
                if (high < 0 || low < 0 || high + low == 0) {
                    String part = ConninfoKey.of(keyword).map(ConninfoKey::keyword).orElse("");
                    throw malformed(
                            "invalid percent-encoding"
                                    + (part.isEmpty() ? "" : " in \"" + part + '"'));
                }
                c = (char) (high << 4 | low);
                i += 2;
            }
            decoded.append(c);
        }
        return decoded.toString();
    }

    /** Only ASCII digits; {@link Character#digit} knows many more. */
    private static int hex(char c) {
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }

    private boolean peek(char c) {
        return at < text.length() && text.charAt(at) == c;
    }

    private static ProblemException malformed(String what) {
        return Conninfo.invalid(
                "malformed connection URI: " + what,
                "",
                "Write it as postgresql://user@host:port/dbname?key=value, with % @ : / ? # and"
                        + " spaces inside a part percent-encoded (% as %25, @ as %40).");
    }
}
