package dev.relevo.check;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a function's body names, as far as that can be told by reading it: nothing is run, and
 * nothing is compiled. Text in strings is not looked at, so names that are put together while the
 * function runs are not found.
 *
 * @param functions that are called without a schema
 * @param relations that are read or written without a schema
 * @param types that are used without a schema
 * @param qualified functions that are called with one, as {@code schema.name}
 */
record Body(
        Set<String> functions, Set<String> relations, Set<String> types, Set<String> qualified) {

    /** Behind these a name with a parenthesis is a call, not an alias. */
    private static final Set<String> BEFORE_CALL =
            Set.of(
                    ("select return and or not where when then else if elsif elseif while on by having"
                                    + " in perform from join lateral call execute using case distinct all any"
                                    + " is to set values limit offset assert loop query default between like"
                                    + " ilike returning filter begin union intersect except some array notnull"
                                    + " with constant exit")
                            .split(" ", -1));

    private static final Set<String> BEFORE_RELATION =
            Set.of("from", "join", "update", "only", "table", "truncate");

    /** In these FROM stands before a value. */
    private static final Set<String> FROM_INSIDE =
            Set.of("extract", "substring", "trim", "overlay", "position");

    /** One word or sign of a body. */
    private record Token(String text, boolean name, boolean quoted) {
        static final Token NONE = new Token("", false, false);

        boolean is(String word) {
            return !quoted && text.equals(word);
        }

        boolean in(Set<String> words) {
            return !quoted && words.contains(text);
        }
    }

    static Body of(String source, List<String> arguments) {
        return new Reader(tokens(source), arguments).read();
    }

    private static final class Reader {
        private final List<Token> tokens;
        private final Set<String> own = new HashSet<>();
        private final Set<String> functions = new TreeSet<>();
        private final Set<String> relations = new TreeSet<>();
        private final Set<String> types = new TreeSet<>();
        private final Set<String> qualified = new TreeSet<>();

        Reader(List<Token> tokens, List<String> arguments) {
            this.tokens = tokens;
            own.addAll(arguments);
        }

        Body read() {
            boolean declaring = false;
            List<String> open = new ArrayList<>();
            for (int i = 0; i < tokens.size(); i++) {
                Token token = tokens.get(i);
                Token before = at(i - 1);
                if (token.is("declare")) {
                    declaring = true;
                } else if (token.is("begin")) {
                    declaring = false;
                }
                if (token.is("(")) {
                    open.add(before.text());
                } else if (token.is(")") && !open.isEmpty()) {
                    open.removeLast();
                }
                if (!token.name() || before.is(".") || token.is("only") || token.is("lateral")) {
                    continue;
                }
                // a variable, or a query of WITH
                if ((declaring && (before.is("declare") || before.is(";")))
                        || (at(i + 1).is("as") && at(i + 2).is("("))) {
                    own.add(token.text());
                    if (declaring && at(i + 1).name() && !at(i + 2).is(".") && !at(i + 2).is("%")) {
                        types.add(at(i + 1).is("constant") ? at(i + 2).text() : at(i + 1).text());
                    }
                    continue;
                }
                name(i, token, before, open);
            }
            relations.removeAll(own);
            types.removeAll(own);
            return new Body(functions, relations, types, qualified);
        }

        private void name(int i, Token token, Token before, List<String> open) {
            Token next = at(i + 1);
            if (next.is(".")) {
                if (at(i + 3).is("(")) {
                    qualified.add(token.text() + "." + at(i + 2).text());
                } else if (at(i + 3).is("%") && at(i + 4).is("type")) {
                    relations.add(token.text());
                }
            } else if (before.is("::")) {
                types.add(token.text());
            } else if (next.is("%") && at(i + 2).is("rowtype")) {
                relations.add(token.text());
            } else if ((before.is("into") && at(i - 2).is("insert"))
                    || (before.in(BEFORE_RELATION) && !next.is("(") && !isValue(i, open))) {
                relations.add(token.text());
            } else if (next.is("(")
                    && (!before.name() || before.in(BEFORE_CALL))
                    && !before.is(")")) {
                functions.add(token.text());
            }
        }

        /** Whether the FROM in front is that of a function's, or of IS DISTINCT FROM. */
        private boolean isValue(int i, List<String> open) {
            return at(i - 1).is("from")
                    && (at(i - 2).is("distinct")
                            || (!open.isEmpty() && FROM_INSIDE.contains(open.getLast())));
        }

        private Token at(int i) {
            return i < 0 || i >= tokens.size() ? Token.NONE : tokens.get(i);
        }
    }

    /** PostgreSQL's own rules for comments, strings and names, as far as they tell them apart. */
    private static List<Token> tokens(String source) {
        List<Token> tokens = new ArrayList<>();
        int i = 0;
        while (i < source.length()) {
            char c = source.charAt(i);
            if (Character.isWhitespace(c)) {
                i++;
            } else if (source.startsWith("--", i)) {
                i = endOr(source, source.indexOf('\n', i));
            } else if (source.startsWith("/*", i)) {
                i = comment(source, i);
            } else if (c == '\'') {
                boolean escapes =
                        i > 0
                                && "eE".indexOf(source.charAt(i - 1)) >= 0
                                && (i < 2 || !isPart(source.charAt(i - 2)));
                i = string(source, i, '\'', escapes);
                tokens.add(new Token("''", false, true));
            } else if (c == '"') {
                int end = string(source, i, '"', false);
                String inside = source.substring(i + 1, Math.max(i + 1, end - 1));
                tokens.add(new Token(inside.replace("\"\"", "\""), true, true));
                i = end;
            } else if (c == '$' && dollarTag(source, i) > 0) {
                String tag = source.substring(i, dollarTag(source, i));
                int end = source.indexOf(tag, i + tag.length());
                i = end < 0 ? source.length() : end + tag.length();
                tokens.add(new Token("''", false, true));
            } else if (isStart(c)) {
                int end = i;
                while (end < source.length() && isPart(source.charAt(end))) {
                    end++;
                }
                String word = source.substring(i, end);
                tokens.add(new Token(word.toLowerCase(Locale.ROOT), true, false));
                i = end;
            } else if (source.startsWith("::", i)) {
                tokens.add(new Token("::", false, false));
                i += 2;
            } else {
                tokens.add(new Token(String.valueOf(c), false, false));
                i++;
            }
        }
        return tokens;
    }

    private static boolean isStart(char c) {
        return Character.isLetter(c) || c == '_' || c > 127;
    }

    private static boolean isPart(char c) {
        return isStart(c) || Character.isDigit(c) || c == '$';
    }

    private static int endOr(String source, int index) {
        return index < 0 ? source.length() : index;
    }

    /** They nest. */
    private static int comment(String source, int from) {
        int depth = 0;
        int i = from;
        while (i < source.length()) {
            if (source.startsWith("/*", i)) {
                depth++;
                i += 2;
            } else if (source.startsWith("*/", i)) {
                depth--;
                i += 2;
                if (depth == 0) {
                    return i;
                }
            } else {
                i++;
            }
        }
        return i;
    }

    private static int string(String source, int from, char quote, boolean escapes) {
        int i = from + 1;
        while (i < source.length()) {
            char c = source.charAt(i);
            if (escapes && c == '\\') {
                i += 2;
            } else if (c == quote) {
                if (i + 1 < source.length() && source.charAt(i + 1) == quote) {
                    i += 2;
                } else {
                    return i + 1;
                }
            } else {
                i++;
            }
        }
        return source.length();
    }

    /** The end of {@code $tag$}, or 0. */
    private static int dollarTag(String source, int from) {
        if (from > 0 && isPart(source.charAt(from - 1))) {
            return 0;
        }
        int i = from + 1;
        while (i < source.length() && source.charAt(i) != '$' && isPart(source.charAt(i))) {
            i++;
        }
        boolean number = i > from + 1 && Character.isDigit(source.charAt(from + 1));
        return i < source.length() && source.charAt(i) == '$' && !number ? i + 1 : 0;
    }
}
