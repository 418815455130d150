package dev.relevo.check;

import dev.relevo.pg.SqlFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whose code runs as a superuser of the new server when rows are copied and applied there. Nothing
 * of it is run to find out. A function that such a function calls in turn is not seen.
 */
final class OwnersCode implements Check {
    private static final int NAMED = 10;

    @Override
    public String id() {
        return "owners-code";
    }

    @Override
    public List<Finding> find(Probe probe) {
        Map<String, Boolean> byTrigger = new LinkedHashMap<>();
        probe.old()
                .query(
                        SqlFile.load(OwnersCode.class, "owners_code"),
                        row -> byTrigger.putIfAbsent(row.text("name"), row.bool("by_trigger")));
        if (byTrigger.isEmpty()) {
            return List.of();
        }
        String message =
                "%d functions of roles that are no superusers run as one on the new server"
                        .formatted(byTrigger.size());
        String detail =
                "They run when rows are copied and applied: "
                        + byTrigger.keySet().stream().limit(NAMED).collect(Collectors.joining(", "))
                        + (byTrigger.size() > NAMED ? ", …" : "");
        String hint =
                "Read them with \\sf in psql if their owners are not trusted with the new server; see"
                        + " SECURITY.md.";
        return List.of(
                byTrigger.containsValue(true)
                        ? Probe.warning(id(), message, detail, hint)
                        : Probe.notice(id(), message, detail, hint));
    }
}
