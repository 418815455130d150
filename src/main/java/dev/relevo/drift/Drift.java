package dev.relevo.drift;

import dev.relevo.pg.Session;
import java.util.Collection;
import java.util.List;

/**
 * How the schema of the side that follows differs from that of the side that serves.
 *
 * @param differences in the order in which the objects are made
 * @param digest of the schema that is wanted, see {@link #digest(Session)}
 * @param follower the side that follows, for people
 * @param copied the tables there whose rows came from the side that serves, quoted
 */
public record Drift(
        List<Difference> differences, String digest, String follower, Collection<String> copied) {

    public Drift {
        differences = List.copyOf(differences);
        copied = List.copyOf(copied);
    }

    /**
     * Compares two databases of one server, of which one at least may be a scratch database. Reads
     * catalogs only, a second or two for thousands of tables.
     *
     * @param wanted a database with the schema of the side that serves
     * @param found a database with the schema of the side that follows
     */
    public static Drift between(
            Session wanted, Session found, String follower, Collection<String> copied) {
        Portrait portrait = Portrait.of(wanted);
        return new Drift(
                portrait.differences(Portrait.of(found)), portrait.digest(), follower, copied);
    }

    /**
     * A hash of the whole schema: equal in two databases of one server when their schemas are.
     * Differs between major versions, and may between minor ones.
     */
    public static String digest(Session session) {
        return Portrait.of(session).digest();
    }

    /** What the difference takes. */
    public Remedy remedy(Difference difference) {
        return new Remedies(differences, follower, copied).of(difference);
    }

    /** The same for all of them, in the same order. */
    public List<Remedy> remedies() {
        Remedies remedies = new Remedies(differences, follower, copied);
        return differences.stream().map(remedies::of).toList();
    }
}
