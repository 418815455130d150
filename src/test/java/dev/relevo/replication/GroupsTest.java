package dev.relevo.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relevo.catalog.QualifiedName;
import dev.relevo.catalog.Table;
import dev.relevo.replication.Groups.Tie;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which tables go by which subscription. */
class GroupsTest {
    private final List<Table> tables = new ArrayList<>();

    @Test
    void givesTheMostWrittenTablesToDifferentGroups() {
        tables(4);
        assertThat(groups(Map.of(1L, 100L, 2L, 60L, 3L, 50L, 4L, 1L), List.of(), Map.of(), 2))
                .containsExactly("t1 t4", "t2 t3");
    }

    @Test
    void goesBySizeWhereNothingWasWritten() {
        tables(3);
        assertThat(groups(Map.of(), List.of(), Map.of(), 2)).containsExactly("t3", "t1 t2");
    }

    @Test
    void keepsTablesTogetherThatAreTiedByForeignKeysWhateverTheBalance() {
        tables(5);
        List<Tie> ties = List.of(new Tie(1, 2), new Tie(3, 4), new Tie(2, 3));
        assertThat(groups(Map.of(1L, 10L, 2L, 10L, 3L, 10L, 4L, 10L), ties, Map.of(), 3))
                .containsExactly("t1 t2 t3 t4", "t5", "");
    }

    @Test
    void tiesByWayOfATableThatIsNotReplicated() {
        tables(3);
        assertThat(groups(Map.of(), List.of(new Tie(1, 99), new Tie(2, 99)), Map.of(), 2))
                .containsExactly("t1 t2", "t3");
    }

    @Test
    void neverMovesATableThatWasBegun() {
        tables(3);
        Map<String, Integer> begun =
                Map.of(tables.get(0).name().sql(), 2, tables.get(1).name().sql(), 1);
        List<Tie> later = List.of(new Tie(1, 2), new Tie(3, 1));
        assertThat(groups(Map.of(1L, 9L), later, begun, 2)).containsExactly("t2 t3", "t1");
    }

    @Test
    void putsAllIntoOneGroupWhenThereIsOne() {
        tables(2);
        assertThat(groups(Map.of(), List.of(), Map.of(), 1)).containsExactly("t1 t2");
    }

    /** Table number n has oid n and n bytes. */
    private void tables(int number) {
        for (int i = 1; i <= number; i++) {
            tables.add(
                    new Table(
                            new QualifiedName("public", "t" + i),
                            i,
                            Table.Kind.ORDINARY,
                            Table.Persistence.PERMANENT,
                            "owner",
                            false,
                            Table.Identity.DEFAULT,
                            null,
                            "key",
                            false,
                            "key",
                            i,
                            -1,
                            List.of()));
        }
    }

    private List<String> groups(
            Map<Long, Long> writes, List<Tie> ties, Map<String, Integer> begun, int number) {
        return Groups.of(tables, writes, ties, begun, number).groups().stream()
                .map(group -> String.join(" ", group.stream().map(QualifiedName::name).toList()))
                .toList();
    }
}
