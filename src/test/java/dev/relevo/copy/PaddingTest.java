package dev.relevo.copy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.relevo.pg.CopyPipe;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Blanks that fill {@code character(n)} up stay behind, whatever else is in the row. */
class PaddingTest {
    private static final String LONG = "é" + " ".repeat(1000);

    @Test
    void takesBlanksOffTheEndOfPaddedColumnsOnly() {
        assertThat(shortened("-p-p", row("a ", " b  c ", null, LONG)))
                .isEqualTo(row("a ", " b  c", null, "é"));
    }

    @Test
    void nothingIsLeftOfBlanksAlone() {
        assertThat(shortened("p-p", row(" ".repeat(513), "x", " "))).isEqualTo(row("", "x", ""));
    }

    @Test
    void fieldsWithoutAValueStay() {
        assertThat(shortened("ppp", row(null, "", null))).isEqualTo(row(null, "", null));
    }

    @Test
    void leavesWhatIsNotSuchARow() {
        byte[] header = "PGCOPY\n\377\r\n\0".getBytes(UTF_8);
        byte[] other = row("a   ", "b   ", "c   ");
        byte[] end = {-1, -1};
        for (byte[] message : new byte[][] {header, end, {}, {0}}) {
            assertThat(shortened("ppp", message)).isEqualTo(message);
        }
        assertThat(shortened("pp", other)).isEqualTo(other);
    }

    @Test
    void failsOnARowThatIsCut() {
        byte[] row = row("a   ", "b   ", "c   ");
        assertThatIllegalStateException()
                .isThrownBy(() -> shortened("ppp", Arrays.copyOf(row, row.length - 1)));
    }

    @Test
    void withoutSuchAColumnNobodyLooks() {
        assertThat(Padding.of("--")).isSameAs(CopyPipe.AS_THEY_ARE);
        assertThat(Padding.of("")).isSameAs(CopyPipe.AS_THEY_ARE);
    }

    /** In the middle of a piece, which is full of other blanks. */
    private static byte[] shortened(String pattern, byte[] message) {
        byte[] piece = new byte[message.length + 20];
        Arrays.fill(piece, (byte) ' ');
        System.arraycopy(message, 0, piece, 10, message.length);
        int end = Padding.of(pattern).shorten(piece, 10, 10 + message.length);
        return Arrays.copyOfRange(piece, 10, end);
    }

    private static byte[] row(@Nullable String... fields) {
        ByteBuffer row = ByteBuffer.allocate(4096).putShort((short) fields.length);
        for (String field : fields) {
            if (field == null) {
                row.putInt(-1);
            } else {
                byte[] bytes = field.getBytes(UTF_8);
                row.putInt(bytes.length).put(bytes);
            }
        }
        return Arrays.copyOf(row.array(), row.position());
    }
}
