package dev.relevo.catalog;

/** One of the two servers of an upgrade. Each stays what it is, whichever of them serves. */
public enum Side {
    OLD("old"),
    NEW("new");

    private final String label;

    Side(String label) {
        this.label = label;
    }

    public Side other() {
        return this == OLD ? NEW : OLD;
    }

    /** As it stands in names, in tables and in what people read. */
    public String label() {
        return label;
    }

    @Override
    public String toString() {
        return label;
    }
}
