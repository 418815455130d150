package dev.relevo.schema;

import dev.relevo.catalog.Side;
import dev.relevo.ledger.Fact;
import dev.relevo.ledger.Facts;
import dev.relevo.pg.Session;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How each thing stood on the two sides when they were compared last; it decides what may be
 * overwritten.
 *
 * <p>What was alike once is kept alike: the serving side wins. What was different when the upgrade
 * began, or came to be different by itself on both sides, is left until the serving side changes
 * it. What only the new server had at the beginning is its own, and what only the follower has and
 * never was on both is nobody's business. Of values only hashes are kept.
 */
final class Remembered {
    /** What to do about a thing. */
    enum Verdict {
        /** Alike, or nobody's business. */
        NOTHING,
        /** The follower gets what the serving side has. */
        CARRY,
        /** Different from the beginning: left, and said. */
        LEAVE,
        /** The serving side has it no more: the follower loses it too. */
        REMOVE
    }

    private static final char ALIKE = '=';
    private static final char APART = '#';
    private static final char OWN = 'o';

    private final Side serving;
    private final Optional<Map<String, String>> before;
    private final Map<String, String> now = new TreeMap<>();

    private Remembered(Side serving, Optional<Map<String, String>> before) {
        this.serving = serving;
        this.before = before;
    }

    /** What the old side keeps of it. */
    static Remembered read(Session old, Side serving) {
        return new Remembered(
                serving,
                new Facts(old)
                        .get(Fact.ALIKE)
                        .map(lines -> {
                            Map<String, String> all = new TreeMap<>();
                            lines.forEach(line -> {
                                int end = line.indexOf(' ');
                                all.put(line.substring(end + 1), line.substring(0, end));
                            });
                            return all;
                        }));
    }

    /** Whether nothing has been compared before. */
    boolean isFirst() {
        return before.isEmpty();
    }

    /** The same, for another look. */
    Remembered again() {
        return new Remembered(serving, before);
    }

    /** Keeps what was seen since this was made, if that is anything new. */
    void write(Session old) {
        if (!before.equals(Optional.of(now))) {
            List<String> lines = new ArrayList<>();
            now.forEach((key, entry) -> lines.add(entry + " " + key));
            new Facts(old).put(Fact.ALIKE, lines);
        }
    }

    /**
     * Looks at one thing.
     *
     * @param key names it; the same on both sides
     * @param from what the serving side has, null for nothing
     * @param to what the follower has
     */
    Verdict judge(String key, @Nullable String from, @Nullable String to) {
        String was = before.map(all -> all.get(key)).orElse("");
        if (from == null && to == null) {
            return Verdict.NOTHING;
        }
        if (from != null && from.equals(to)) {
            now.put(key, String.valueOf(ALIKE));
            return Verdict.NOTHING;
        }
        char flag = was == null || was.isEmpty() ? ' ' : was.charAt(0);
        if (to == null) {
            return flag == OWN ? keep(key, was, Verdict.NOTHING) : keep(key, was, Verdict.CARRY);
        }
        if (from == null) {
            if (flag == ALIKE) {
                return keep(key, was, Verdict.REMOVE);
            }
            return keep(key, before.isEmpty() || flag == OWN ? OWN + "" : "", Verdict.NOTHING);
        }
        String seen = serving == Side.OLD ? digest(from) + digest(to) : digest(to) + digest(from);
        return switch (flag) {
            case ALIKE -> keep(key, was, Verdict.CARRY);
            case APART -> keep(key, was, unchanged(was, seen) ? Verdict.LEAVE : Verdict.CARRY);
            default -> keep(key, APART + seen, Verdict.LEAVE);
        };
    }

    /** Whether both sides had it when they were compared last. */
    boolean isAlike(String key) {
        return before.map(all -> all.get(key)).filter(String.valueOf(ALIKE)::equals).isPresent();
    }

    /** Whether the serving side has what it had. */
    private boolean unchanged(String was, String seen) {
        int half = seen.length() / 2;
        return serving == Side.OLD
                ? was.substring(1, 1 + half).equals(seen.substring(0, half))
                : was.substring(1 + half).equals(seen.substring(half));
    }

    private Verdict keep(String key, @Nullable String entry, Verdict verdict) {
        if (entry != null && !entry.isEmpty()) {
            now.put(key, entry);
        }
        return verdict;
    }

    private static String digest(String value) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(value.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
