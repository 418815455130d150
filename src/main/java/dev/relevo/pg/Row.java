package dev.relevo.pg;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The current row of a result, with PostgreSQL's types as Java's. */
public final class Row {
    private final ResultSet result;

    Row(ResultSet result) {
        this.result = result;
    }

    /** A column that is never null. */
    public String text(String column) throws SQLException {
        String value = result.getString(column);
        if (value == null) {
            throw new SQLException("column " + column + " is null");
        }
        return value;
    }

    public @Nullable String textOrNull(String column) throws SQLException {
        return result.getString(column);
    }

    public int integer(String column) throws SQLException {
        return result.getInt(column);
    }

    public long bigint(String column) throws SQLException {
        return result.getLong(column);
    }

    public double real(String column) throws SQLException {
        return result.getDouble(column);
    }

    public boolean bool(String column) throws SQLException {
        return result.getBoolean(column);
    }

    public boolean isNull(String column) throws SQLException {
        return result.getObject(column) == null;
    }

    public Lsn lsn(String column) throws SQLException {
        return Lsn.parse(text(column));
    }

    /** An array of text; empty when the column is null. */
    public List<String> texts(String column) throws SQLException {
        Array array = result.getArray(column);
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    /** Makes a value of a row. */
    @FunctionalInterface
    public interface Mapper<T extends @Nullable Object> {
        T map(Row row) throws SQLException;
    }
}
