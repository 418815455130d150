package dev.relevo.pg;

/**
 * Reads {@code host=db1 dbname='my base'}: a port of libpq's {@code conninfo_parse}.
 *
 * @see <a
 *     href="https://github.com/postgres/postgres/blob/master/src/interfaces/libpq/fe-connect.c">fe-connect.c</a>
 */
final class KeywordValueParser {
    private final String text;
    private final ConninfoText values = new ConninfoText();
    private int at;

    private KeywordValueParser(String text) {
        this.text = ConninfoText.bytes(text);
    }

    static Conninfo parse(String text) {
        return new KeywordValueParser(text).all();
    }

    private Conninfo all() {
        skipSpace();
        while (at < text.length()) {
            String keyword = keyword();
            skipSpace();
            String value = peek('\'') ? quoted() : plain();
            values.put(keyword, value, "invalid connection option %s");
            skipSpace();
        }
        return values.done();
    }

    private String keyword() {
        int start = at;
        while (at < text.length() && !peek('=') && !ConninfoText.isSpace(text.charAt(at))) {
            at++;
        }
        String keyword = text.substring(start, at);
        skipSpace();
        if (!peek('=')) {
            throw Conninfo.invalid(
                    "missing \"=\" "
                            + (values.shown(keyword).startsWith("\"") ? "after " : "")
                            + values.shown(keyword)
                            + " in connection string",
                    "",
                    "Put values that hold spaces between single quotes.");
        }
        at++;
        return keyword;
    }

    /** Up to the next space; a backslash makes the character after it an ordinary one. */
    private String plain() {
        StringBuilder value = new StringBuilder();
        while (at < text.length() && !ConninfoText.isSpace(text.charAt(at))) {
            appendTo(value);
        }
        return value.toString();
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (!peek('\'')) {
            if (at >= text.length()) {
                throw Conninfo.invalid(
                        "unterminated quoted string in connection string",
                        "",
                        "Close the single quote; inside it write \\' for a quote and \\\\ for a"
                                + " backslash.");
            }
            appendTo(value);
        }
        at++;
        return value.toString();
    }

    private void appendTo(StringBuilder value) {
        if (peek('\\')) {
            at++;
        }
        if (at < text.length()) {
            value.append(text.charAt(at++));
        }
    }

    private void skipSpace() {
        while (at < text.length() && ConninfoText.isSpace(text.charAt(at))) {
            at++;
        }
    }

    private boolean peek(char c) {
        return at < text.length() && text.charAt(at) == c;
    }
}
