package dev.relevo.drift;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An object that is not the same in both databases.
 *
 * @param wanted as it is on the side that serves; nothing when it is not there
 * @param found as it is on the side that follows; nothing when it is not there
 */
public record Difference(String kind, String name, Optional<Piece> wanted, Optional<Piece> found) {

    /**
     * Options of servers and user mappings may hold passwords. Their hashes are compared, and
     * neither shown nor made part of the id, by which a password could be guessed.
     */
    private static final Set<String> SECRET = Set.of("server options", "secret options");

    /** How much of a long definition is shown. */
    private static final int SHOWN = 300;

    public Difference {
        if (wanted.isEmpty() && found.isEmpty()) {
            throw new IllegalArgumentException("an object of neither side");
        }
    }

    /**
     * Names exactly this difference, whichever side serves: another one of the same object, or this
     * one after a further change, has another.
     */
    public String id() {
        try {
            String text =
                    kind
                            + '\0'
                            + name
                            + '\0'
                            + Stream.of(wanted, found)
                                    .map(piece -> piece.map(Difference::open).orElse(""))
                                    .sorted()
                                    .collect(Collectors.joining("\0"));
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JVM has it
        }
    }

    private static String open(Piece piece) {
        TreeMap<String, String> traits = new TreeMap<>(piece.traits());
        traits.keySet().removeAll(SECRET);
        return traits.toString();
    }

    /** The attributes that differ, when both have the object. */
    List<String> traits() {
        if (wanted.isEmpty() || found.isEmpty()) {
            return List.of();
        }
        TreeSet<String> all = new TreeSet<>(wanted.get().traits().keySet());
        all.addAll(found.get().traits().keySet());
        return all.stream()
                .filter(trait ->
                        !Objects.equals(
                                wanted.get().traits().get(trait), found.get().traits().get(trait)))
                .toList();
    }

    /** The same for people, a line. */
    public String text(String serving, String follower) {
        String what = kind + " " + name;
        if (found.isEmpty()) {
            return what + " is missing on " + follower;
        }
        if (wanted.isEmpty()) {
            return what + " is on " + follower + ", and no longer on " + serving;
        }
        StringBuilder text = new StringBuilder(what + " differs:");
        String separator = " ";
        for (String trait : traits()) {
            text.append(separator).append(trait);
            separator = "; ";
            if (SECRET.contains(trait)) {
                continue;
            }
            text.append(' ')
                    .append(shown(wanted.get(), trait))
                    .append(" on ")
                    .append(serving)
                    .append(", ")
                    .append(shown(found.get(), trait))
                    .append(" on ")
                    .append(follower);
        }
        return text.toString();
    }

    private static String shown(Piece piece, String trait) {
        String value = piece.traits().get(trait);
        if (value == null) {
            return "none";
        }
        String line = value.strip().replaceAll("\\s+", " ");
        return line.length() > SHOWN ? line.substring(0, SHOWN) + " …" : line;
    }
}
