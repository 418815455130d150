package dev.relevo.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What {@code synchronous_standby_names} says.
 *
 * @param method {@code FIRST}, {@code ANY}, or nothing for a plain list of which one is waited for
 * @param number how many standbys a commit waits for
 * @param names as the server compares them with {@code application_name}, without regard to case;
 *     {@code *} is anybody
 * @see <a
 *     href="https://www.postgresql.org/docs/current/runtime-config-replication.html#GUC-SYNCHRONOUS-STANDBY-NAMES">
 *     synchronous_standby_names</a>
 */
public record StandbyNames(Optional<String> method, int number, List<String> names) {
    /** Anybody. */
    public static final String ANYBODY = "*";

    private static final Pattern TOKEN =
            Pattern.compile("\\s*(?:(\"(?:[^\"]|\"\")*\")|([(),])|([^\\s(),\"]+))");

    public StandbyNames {
        names = List.copyOf(names);
    }

    private record Token(String text, boolean quoted) {
        boolean is(String word) {
            return !quoted && text.equalsIgnoreCase(word);
        }
    }

    /**
     * Takes a setting apart that a server has accepted.
     *
     * @return nothing when it is empty: no commit waits for a standby
     */
    public static Optional<StandbyNames> parse(String setting) {
        List<Token> tokens = tokens(setting);
        if (tokens.isEmpty()) {
            return Optional.empty();
        }
        int open = 0;
        while (open < tokens.size() && !tokens.get(open).is("(")) {
            open++;
        }
        if (open == tokens.size()) {
            return Optional.of(new StandbyNames(Optional.empty(), 1, names(tokens)));
        }
        // ANY 2 (…), FIRST 2 (…) or, as before 10, 2 (…)
        Optional<String> method =
                open == 2
                        ? Optional.of(tokens.getFirst().text().toUpperCase(Locale.ROOT))
                        : Optional.empty();
        int number = open == 0 ? 1 : Integer.parseInt(tokens.get(open - 1).text());
        return Optional.of(
                new StandbyNames(
                        method.or(() -> Optional.of("FIRST")),
                        number,
                        names(tokens.subList(open, tokens.size()))));
    }

    private static List<Token> tokens(String setting) {
        List<Token> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(setting);
        while (matcher.find()) {
            String quoted = matcher.group(1);
            if (quoted != null) {
                String inside = quoted.substring(1, quoted.length() - 1);
                tokens.add(new Token(inside.replace("\"\"", "\""), true));
            } else {
                String punctuation = matcher.group(2);
                tokens.add(new Token(punctuation == null ? matcher.group(3) : punctuation, false));
            }
        }
        return tokens;
    }

    private static List<String> names(List<Token> tokens) {
        return tokens.stream()
                .filter(token -> !token.is("(") && !token.is(")") && !token.is(","))
                .map(Token::text)
                .toList();
    }

    /** Whether anybody who connects counts; the server takes {@code "*"} for it too. */
    public boolean matchesAnybody() {
        return names.contains(ANYBODY);
    }

    /** Whether a connection of this name counts. */
    public boolean matches(String applicationName) {
        return matchesAnybody() || names.stream().anyMatch(applicationName::equalsIgnoreCase);
    }

    /** The same with other names, as a value of the setting. */
    public String with(List<String> others) {
        String list =
                others.stream()
                        .map(name -> '"' + name.replace("\"", "\"\"") + '"')
                        .collect(Collectors.joining(", "));
        return method.map(word -> word + " " + number + " (" + list + ")").orElse(list);
    }
}
