package dev.relevo.cli.config;

import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.problem.ProblemException;
import dev.relevo.upgrade.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;

/**
 * Reads {@code relevo.yaml}. Token by token, so that every complaint names its line; what is not
 * known is refused, because a misspelt time limit that is silently ignored is found in the worst
 * moment.
 */
public final class ConfigReader {
    private static final Set<String> SERVERS = Set.of("old", "new", "old_from_new", "new_from_old");
    private static final Set<String> START = Set.of("jobs", "subscriptions", "max_rate");
    private static final Set<String> HANDOVER =
            Set.of("drain_timeout", "force_drain", "catch_up_timeout", "overlap");

    private final Path file;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(String value, int line) {}

    private ConfigReader(Path file) {
        this.file = file;
    }

    /**
     * Reads the file.
     *
     * @throws ProblemException when it cannot be read, or says something Relevo does not understand
     */
    public static Config read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw problem(
                            "config-unreadable",
                            "cannot read " + file,
                            Files.exists(file)
                                    ? "It is there, but cannot be read."
                                    : "There is no such file.",
                            "Name a file that exists with --config, or write one with relevo init.")
                    .toException(e);
        }
        ConfigReader reader = new ConfigReader(file);
        try (JsonParser parser = new YAMLFactory().createParser(ObjectReadContext.empty(), text)) {
            reader.document(parser);
        } catch (JacksonException e) {
            // The parser's message quotes the file, and the file may hold a password.
            throw reader.wrong(
                    e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                    "not valid YAML",
                    "Write one \"key: value\" a line, and put a value that has a colon or a # in"
                            + " it between quotes.");
        }
        return reader.config();
    }

    private void document(JsonParser parser) {
        JsonToken first = parser.nextToken();
        if (first == null || first == JsonToken.VALUE_NULL) {
            return;
        }
        if (first != JsonToken.START_OBJECT) {
            throw wrong(line(parser), "not a list of \"key: value\" lines", "");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            int line = line(parser);
            JsonToken value = parser.nextToken();
            if (key.equals("handover")) {
                if (value == JsonToken.START_OBJECT) {
                    handover(parser);
                } else if (value != JsonToken.VALUE_NULL) {
                    throw wrong(line, "handover must have keys of its own below it", "");
                }
            } else if (SERVERS.contains(key) || START.contains(key)) {
                put(key, parser, value, line);
            } else {
                throw unknown(
                        key,
                        line,
                        "old, new, old_from_new, new_from_old, jobs, subscriptions, max_rate, handover");
            }
        }
    }

    private void handover(JsonParser parser) {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            int line = line(parser);
            JsonToken value = parser.nextToken();
            if (!HANDOVER.contains(key)) {
                throw unknown(
                        "handover." + key,
                        line,
                        "drain_timeout, force_drain, catch_up_timeout, overlap");
            }
            put("handover." + key, parser, value, line);
        }
    }

    private void put(String key, JsonParser parser, JsonToken token, int line) {
        if (!token.isScalarValue()) {
            throw wrong(line, key + " must be a single value", "");
        }
        if (token == JsonToken.VALUE_NULL) {
            return;
        }
        if (entries.put(key, new Entry(parser.getString(), line)) != null) {
            throw wrong(line, key + " is given twice", "Remove one of the two lines.");
        }
    }

    private Config config() {
        return new Config(
                connection("old"),
                connection("new"),
                connection("old_from_new"),
                connection("new_from_old"),
                value("jobs", "a whole number from 1 to 64", ConfigReader::jobs),
                value(
                        "subscriptions",
                        "a whole number from 1 to " + Settings.MOST_SUBSCRIPTIONS,
                        ConfigReader::subscriptions),
                value("max_rate", "", Rates::parse),
                value("handover.drain_timeout", "", Durations::parse),
                value("handover.force_drain", "true or false", ConfigReader::bool),
                value("handover.catch_up_timeout", "", Durations::parse),
                value("handover.overlap", "", Durations::parse));
    }

    private @Nullable String connection(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        if (Passwords.in(entry.value())) {
            throw wrong(
                    entry.line(),
                    key + " holds a password",
                    "Take it out and put it into ~/.pgpass (host:port:database:role:password, mode"
                            + " 0600), where every PostgreSQL program finds it.");
        }
        return entry.value();
    }

    private <T> @Nullable T value(String key, String wanted, Function<String, T> parse) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        try {
            return parse.apply(entry.value());
        } catch (IllegalArgumentException e) {
            String why = wanted.isEmpty() ? String.valueOf(e.getMessage()) : "it must be " + wanted;
            throw wrong(entry.line(), key + " cannot be read", "Mend the value: " + why + ".");
        }
    }

    /** Reads how many jobs to run at once. */
    public static int jobs(String text) {
        return number(text, 64);
    }

    /** Reads over how many subscriptions to spread the tables. */
    public static int subscriptions(String text) {
        return number(text, Settings.MOST_SUBSCRIPTIONS);
    }

    private static int number(String text, int most) {
        int number = Integer.parseInt(text);
        if (number < 1 || number > most) {
            throw new IllegalArgumentException("not from 1 to " + most + ": " + number);
        }
        return number;
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true", "on", "yes" -> true;
            case "false", "off", "no" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private ProblemException unknown(String key, int line, String known) {
        return wrong(line, "unknown key \"" + key + "\"", "Known keys here are " + known + ".");
    }

    private ProblemException wrong(int line, String what, String hint) {
        String where = line > 0 ? file + " line " + line : file.toString();
        return problem("config", where + ": " + what, "", hint).toException();
    }

    private static Problem problem(String code, String message, String detail, String hint) {
        return new Problem(ExitStatus.USAGE, code, message, detail, hint);
    }

    private static int line(JsonParser parser) {
        return parser.currentTokenLocation().getLineNr();
    }
}
